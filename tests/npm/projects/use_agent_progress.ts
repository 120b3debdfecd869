// From the users' own guide to streaming and real-time features, as it stands: the hook for subscriptions by tRPC.
// apps/web/src/hooks/use-agent-progress.ts
import { trpc } from '@/lib/trpc';
import { useEffect, useState } from 'react';

export function useAgentProgress(projectId: string) {
  const [progress, setProgress] = useState<AgentProgress>({});
  const [connected, setConnected] = useState(false);
  
  const subscription = trpc.agent.onAgentProgress.useSubscription(
    { projectId },
    {
      onStarted: () => setConnected(true),
      onData: (data: AgentProgressEvent) => {
        setProgress(prev => ({
          ...prev,
          [data.agentId]: {
            status: data.status,
            progress: data.progress,
            content: data.content,
            reasoning: data.reasoning,
            confidence: data.confidence,
            lastUpdated: new Date(),
          },
        }));
      },
      onError: (error) => {
        console.error('Subscription error:', error);
        setConnected(false);
      },
    }
  );
  
  return { progress, connected, subscription };
}
