// From the users' own guide to streaming and real-time features, as it stands: the hook for Server-Sent Events.
// apps/web/src/hooks/use-sse-progress.ts
export function useSSEProgress(projectId: string) {
  const [events, setEvents] = useState<AgentEvent[]>([]);
  const [connected, setConnected] = useState(false);
  
  useEffect(() => {
    const eventSource = new EventSource(
      `/api/sse/agent-stream?projectId=${projectId}`
    );
    
    eventSource.onopen = () => setConnected(true);
    
    eventSource.addEventListener('agent:progress', (event) => {
      const data = JSON.parse(event.data);
      setEvents(prev => [...prev, data]);
    });
    
    eventSource.addEventListener('agent:complete', (event) => {
      const data = JSON.parse(event.data);
      setEvents(prev => [...prev, { ...data, complete: true }]);
    });
    
    eventSource.onerror = () => {
      setConnected(false);
      // Automatic reconnection handled by EventSource
    };
    
    return () => {
      eventSource.close();
    };
  }, [projectId]);
  
  return { events, connected };
}
