// Prints what an EventSource hears at the address given: a line of JSON for each event.
import { EventSource } from 'eventsource';

const source = new EventSource(process.argv[2]);
const say = (told) => process.stdout.write(`${JSON.stringify(told)}\n`);
source.onopen = () => say({ event: 'open' });
source.onerror = () => say({ event: 'error', closed: source.readyState === EventSource.CLOSED });
source.onmessage = ({ lastEventId, data }) => say({ event: 'message', id: lastEventId, ...JSON.parse(data) });
for (const event of ['agent:progress', 'agent:complete'])
  source.addEventListener(event, ({ lastEventId, data }) => say({ event, id: lastEventId, ...JSON.parse(data) }));
