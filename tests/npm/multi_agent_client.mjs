// Runs the way in which the document on streamed responses uses its client. That document describes the client and does
// not have it, so it is written here by the description: `fetch`, lines `event:` and `data:`, chunks added up where they
// are not internal, and a `complete` that wins. Usage: node multi_agent_client.mjs URL REQUEST. Prints what it calls
// back as lines of JSON, and at the end the result.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const { transformSync } = createRequire(import.meta.url)('amaro')
const [url, request] = process.argv.slice(2)
const print = (...values) => console.log(JSON.stringify(values))

async function streamMultiAgentSSE(request, token, apiUrl, options) {
  const response = await fetch(`${apiUrl}/api/streaming/multi-agent/stream`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` },
    body: JSON.stringify(request),
  })
  if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`)
  const result = { response: '', interactions: [], metadata: {} }
  let rest = ''
  let name = ''
  for await (const bytes of response.body.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + bytes).split('\n')
    rest = lines.pop()
    for (const line of lines) {
      if (line.startsWith('event: ')) name = line.slice(7)
      if (!line.startsWith('data: ')) continue
      const data = JSON.parse(line.slice(6))
      print('event', name, data)
      if (name === 'complete') {
        Object.assign(result, data)
        options.onComplete(data.response, data.interactions, data.metadata)
      } else if (name === 'error') {
        throw new Error(`${data.code}: ${data.error}`)
      } else if (name === 'agent_chunk' && !data.internal) {
        result.response += data.chunk
        options.onChunk(data.chunk, data.agent)
        print('added up', result.response)
      }
    }
  }
  return result
}

const use = readFileSync(new URL('documents/multi_agent_app.ts', import.meta.url), 'utf8').replace(/^import .*$/m, '')
const source = `async function made(streamMultiAgentSSE, request, token, API_URL) {\n${use}\nreturn result\n}`
const made = new Function(`${transformSync(source, { mode: 'strip-only' }).code}\nreturn made`)()
try {
  print('result', await made(streamMultiAgentSSE, JSON.parse(request), 'no-token', url))
} catch (error) {
  print('failed', error.message)
}
