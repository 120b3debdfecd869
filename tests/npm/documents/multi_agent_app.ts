// From the document on streamed responses that the clients come with: how its client is used, as it stands.
import { streamMultiAgentSSE } from '../lib/streaming-client';

const result = await streamMultiAgentSSE(request, token, API_URL, {
  onChunk: (chunk, agent) => {
    // Update UI with chunk
  },
  onComplete: (response, interactions, metadata) => {
    // Handle final response
  },
});
