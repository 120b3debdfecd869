// From the document on graph streaming that the clients come with: its client.ts, as it stands.
async *streamAgent(input: RunInput): AsyncGenerator<StreamEvent, void, unknown> {
  const response = await fetch(`${API_BASE}/runs/stream`, {
    method: 'POST',
    body: JSON.stringify(input),
  });

  const reader = response.body?.getReader();
  const decoder = new TextDecoder();
  let buffer = '';

  while (true) {
    const { done, value } = await reader.read();
    if (done) break;

    buffer += decoder.decode(value, { stream: true });
    const lines = buffer.split('\n\n');
    buffer = lines.pop() || '';

    for (const line of lines) {
      if (line.startsWith('data: ')) {
        const event = JSON.parse(line.substring(6));
        yield event;  // ✅ Yield to caller
      }
    }
  }
}
