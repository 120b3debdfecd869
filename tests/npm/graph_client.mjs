// Runs the graph document's own client and app, their types taken off as newer nodes do by themselves.
// Usage: node graph_client.mjs URL REQUEST, where REQUEST is JSON: {thread_id, message, use_hitl}. Each event that the
// client yields is printed as a line of JSON, and at the end what the app shows.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const { transformSync } = createRequire(import.meta.url)('amaro')
const [url, request] = process.argv.slice(2)

const snippet = (name) => readFileSync(new URL(`documents/${name}`, import.meta.url), 'utf8')
const compiled = (source, ...names) =>
  new Function(...names, `${transformSync(source, { mode: 'strip-only' }).code}\nreturn made`)

const made = compiled(`const made = {\n${snippet('graph_client.ts')}\n}`, 'API_BASE')(url)
const api = {
  async *streamAgent(input) {
    for await (const event of made.streamAgent(input)) {
      console.log(JSON.stringify(event))
      yield event
    }
  },
}
const shown = { messages: [], system: [], node: null }
const send = compiled(
  `async function made(api, currentThreadId, message, useHITL) {\n${snippet('graph_app.ts')}\n}`,
  'setCurrentNode', 'setMessages', 'addSystemMessage',
)(
  (node) => { shown.node = node },
  (change) => { shown.messages = change(shown.messages) },
  (text) => { shown.system.push(text) },
)
const { thread_id: thread, message, use_hitl: hitl } = JSON.parse(request)
await send(api, thread, message, hitl)
console.log(JSON.stringify(shown))
