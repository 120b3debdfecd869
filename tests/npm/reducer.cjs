// The reducer of the earlier front end's page (items added, removed, updated, fields changed), written anew, on the
// `ws` client from npm. Usage: node reducer.cjs URL. A line on stdin is a position: when the state has come that far it
// is printed as one line of JSON.
const { createInterface } = require('node:readline')
const WebSocket = require('ws')

let state = { items: [] }
let seq = 0
const wanted = []

const change = (id, how) => { state = { ...state, items: state.items.map((item) => (item.id === id ? how(item) : item)) } }

const reducers = {
  item_added({ item_id: id, data }) {
    const item = { id, type: data.type || 'inventory', name: data.name || 'New Item', subtitle: data.subtitle || '', data }
    state = { ...state, items: [...state.items, item] }
  },
  item_removed({ item_id: id }) {
    state = { ...state, items: state.items.filter((item) => item.id !== id) }
  },
  item_updated({ item_id: id, data }) {
    change(id, (item) => ({ ...item, ...data }))
  },
  field_changed({ item_id: id, data }) {
    change(id, (item) => ({ ...item, data: { ...item.data, ...data } }))
  },
}

function answer() {
  while (wanted.length && wanted[0] <= seq) console.log(JSON.stringify({ seq, at: wanted.shift(), ...state }))
}

const socket = new WebSocket(process.argv[2])
socket.on('open', () => console.log('open'))
socket.on('message', (text) => {
  const message = JSON.parse(text)
  if (!message.event_type) return
  reducers[message.event_type]?.(message)
  seq = message.seq
  answer()
})
createInterface({ input: process.stdin })
  .on('line', (line) => { wanted.push(Number(line)); answer() })
  .on('close', () => socket.close())
