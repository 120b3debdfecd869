// From the users' own guide to streaming and real-time features, as it stands: the live preview.
// apps/web/src/components/streaming-website-preview.tsx
'use client';

import { useEffect, useState } from 'react';
import { useStream } from '@/hooks/use-stream';

export function StreamingWebsitePreview({ 
  projectId 
}: { 
  projectId: string 
}) {
  const { data, loading, error } = useStream(
    `/api/projects/${projectId}/preview/stream`
  );
  
  const [sections, setSections] = useState<WebsiteSection[]>([]);
  
  useEffect(() => {
    if (data) {
      setSections(prev => {
        const updated = [...prev];
        const index = updated.findIndex(s => s.id === data.sectionId);
        
        if (index >= 0) {
          updated[index] = { ...updated[index], ...data.updates };
        } else {
          updated.push(data);
        }
        
        return updated;
      });
    }
  }, [data]);
  
  return (
    <div className="bg-white rounded-lg shadow-lg p-6">
      <h2 className="text-2xl font-bold mb-4">Live Preview</h2>
      
      <div className="relative">
        {/* Loading overlay */}
        {loading && (
          <div className="absolute inset-0 bg-white/80 flex items-center justify-center">
            <div className="flex space-x-2">
              <div className="w-2 h-2 bg-blue-500 rounded-full animate-pulse" />
              <div className="w-2 h-2 bg-blue-500 rounded-full animate-pulse delay-100" />
              <div className="w-2 h-2 bg-blue-500 rounded-full animate-pulse delay-200" />
            </div>
          </div>
        )}
        
        {/* Progressive sections */}
        <div className="space-y-4">
          {sections.map(section => (
            <WebsiteSection
              key={section.id}
              section={section}
              isStreaming={!section.complete}
            />
          ))}
        </div>
      </div>
    </div>
  );
}
