// A page in a browser that shows what the snippets say. `show(project)` begins.
import { createRoot } from 'react-dom/client';
import { StreamingWebsitePreview } from './streaming_website_preview';
import { useAgentProgress } from './use_agent_progress';
import { useSSEProgress } from './use_sse_progress';

function Project({ id }: { id: string }) {
  const { events, connected } = useSSEProgress(id);
  const subscribed = useAgentProgress(id);
  return (
    <main>
      <output id="events">{JSON.stringify({ events, connected })}</output>
      <output id="progress">{JSON.stringify(subscribed)}</output>
      <StreamingWebsitePreview projectId={id} />
    </main>
  );
}

Object.assign(globalThis, {
  show: (id: string) => createRoot(document.body).render(<Project id={id} />),
});
