// Makes the page of a project on a server and writes it as it becomes whole: first without what it waits for.
import { renderToPipeableStream } from 'react-dom/server';
import ProjectPage from './page';

const Page: any = ProjectPage;
const { pipe } = renderToPipeableStream(<Page params={{ id: process.argv[2] }} />, {
  onShellReady: () => pipe(process.stdout),
  onError: (error) => {
    console.error(error);
    process.exitCode = 1;
  },
});
