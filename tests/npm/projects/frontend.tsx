// What is around the snippets of a frontend in a browser: the smallest that makes them work.
import { type ReactNode, useEffect, useState } from 'react';
import { flushSync } from 'react-dom';

export { useEffect, useState };

/** Subscriptions as tRPC has them, over the stream of a project's agents. */
export const trpc = {
  agent: {
    onAgentProgress: {
      useSubscription({ projectId }: { projectId: string }, to: Subscriber) {
        useEffect(() => {
          const source = new EventSource(`/projects/${projectId}/agents/stream`);
          source.onopen = () => to.onStarted();
          source.onmessage = (event) => to.onData(JSON.parse(event.data));
          source.onerror = () => to.onError(new Error('disconnected'));
          return () => source.close();
        }, [projectId]);
        return projectId;
      },
    },
  },
};

interface Subscriber {
  onStarted: () => void;
  onData: (data: unknown) => void;
  onError: (error: Error) => void;
}

export function useStream(url: string) {
  const [data, setData] = useState<unknown>(null);
  const [error, setError] = useState<Event | null>(null);
  useEffect(() => {
    const source = new EventSource(url);
    // React would show only the last of several messages of one moment.
    source.onmessage = (event) => flushSync(() => setData(JSON.parse(event.data)));
    source.onerror = setError;
    return () => source.close();
  }, [url]);
  return { data, loading: data === null, error };
}

interface Section {
  id: string;
  type: string;
  content: string;
}

export function WebsiteSection({ section, isStreaming }: { section: Section; isStreaming: boolean }): ReactNode {
  return (
    <section id={section.id} className={isStreaming ? 'streaming' : 'complete'} title={section.type}>
      {section.content}
    </section>
  );
}
