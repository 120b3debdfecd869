// From the document on graph streaming that the clients come with: what its App.tsx does with a request, as it stands.
// Use streaming for real-time updates
for await (const event of api.streamAgent({
  thread_id: currentThreadId,
  message: message,
  use_hitl: useHITL,
})) {
  if (event.event === 'node') {
    setCurrentNode(event.node);
    
    // Add message to chat immediately ✅
    if (event.data.message) {
      setMessages(prev => [...prev, {
        type: event.data.message.type,
        content: event.data.message.content,
      }]);
    }
    
    // Show intermediate results
    addSystemMessage(`⚙ Executing node: ${event.node}`);
  }
  else if (event.event === 'interrupt') {
    addSystemMessage(` Graph paused. Click Send to continue.`);
  }
  else if (event.event === 'complete') {
    addSystemMessage('✅ Complete!');
  }
}
