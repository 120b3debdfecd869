// From the users' own guide to streaming and real-time features, as it stands: the page that is made on a server.
// apps/web/src/app/project/[id]/page.tsx
import { Suspense } from 'react';
import { notFound } from 'next/navigation';

export default async function ProjectPage({ 
  params 
}: { 
  params: { id: string } 
}) {
  return (
    <div className="container mx-auto p-6">
      {/* Header loads immediately */}
      <ProjectHeader projectId={params.id} />
      
      {/* Agent progress streams in */}
      <Suspense fallback={<AgentProgressSkeleton />}>
        <StreamingAgentProgress projectId={params.id} />
      </Suspense>
      
      {/* Website preview loads progressively */}
      <Suspense fallback={<WebsitePreviewSkeleton />}>
        <StreamingWebsitePreview projectId={params.id} />
      </Suspense>
      
      {/* Quality scores stream as available */}
      <Suspense fallback={<QualityScoresSkeleton />}>
        <StreamingQualityScores projectId={params.id} />
      </Suspense>
    </div>
  );
}

// Streaming component
async function StreamingAgentProgress({ 
  projectId 
}: { 
  projectId: string 
}) {
  // This creates a streaming boundary
  const stream = await fetch(
    `${process.env.API_URL}/projects/${projectId}/agents/stream`,
    { cache: 'no-store' }
  );
  
  return (
    <AgentProgressDisplay stream={stream.body} />
  );
}
