// What is around the snippet of the page: components that wait for the streams of the project.
import type { ReactNode } from 'react';

export function notFound(): never {
  throw new Error('not found');
}

/** The data of a stream of events. */
async function* eventsOf(stream: ReadableStream<Uint8Array> | null): AsyncGenerator<any> {
  let rest = '';
  for await (const text of stream!.pipeThrough(new TextDecoderStream() as any) as any) {
    const blocks = (rest + text).split('\n\n');
    rest = blocks.pop()!;
    for (const block of blocks) {
      const line = block.split('\n').find((one) => one.startsWith('data: '));
      if (line) yield JSON.parse(line.slice('data: '.length));
    }
  }
}

async function* heardOf(path: string): AsyncGenerator<any> {
  yield* eventsOf((await fetch(`${process.env.API_URL}${path}`, { cache: 'no-store' })).body);
}

export const ProjectHeader = ({ projectId }: { projectId: string }): ReactNode => <h1>{projectId}</h1>;
export const AgentProgressSkeleton = (): ReactNode => <p>agents to come</p>;
export const WebsitePreviewSkeleton = (): ReactNode => <p>preview to come</p>;
export const QualityScoresSkeleton = (): ReactNode => <p>scores to come</p>;

export async function AgentProgressDisplay({ stream }: { stream: ReadableStream<Uint8Array> | null }) {
  for await (const { agentId, status, percentage } of eventsOf(stream))
    if (status !== 'running') return <p>{`${agentId} ${status} at ${percentage}`}</p>;
}

export async function StreamingWebsitePreview({ projectId }: { projectId: string }) {
  const sections = new Map<string, any>();
  for await (const { id, updates } of heardOf(`/api/projects/${projectId}/preview/stream`)) {
    sections.set(id, { ...sections.get(id), ...updates });
    if ([...sections.values()].filter((section) => section.complete).length === 4) break;
  }
  return [...sections].map(([id, section]) => <article key={id}>{section.content}</article>);
}

export async function StreamingQualityScores({ projectId }: { projectId: string }) {
  const scores: string[] = [];
  for await (const { section, score } of heardOf(`/projects/${projectId}/quality/stream`))
    if (scores.push(`${section}: ${score}`) === 4) break;
  return <p>{scores.join(', ')}</p>;
}
