import { Anchor, Skeleton, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams, useSearch } from '@tanstack/react-router';
import { z } from 'zod';
import { enterUpstreamDashboardSchema } from '../../wire/upstream-dashboard.ts';
import { LonePage } from '../app/message-page.tsx';
import { LoadError } from '../lists/data-list.tsx';
import { useApi } from '../portal/portal-context.ts';
import { Entry } from './entry.tsx';
import { upstreamDashboardListQuery } from './upstream-queries.ts';

const ROUTE = '/signed-in/enter/$id';

export const enterSearchSchema = z.object({
  state: enterUpstreamDashboardSchema.shape.state.optional().catch(undefined),
});

/** `/enter/:id?state=…`, where a dashboard's own hostname sends a browser that it does not know yet. */
export function EnterPage() {
  const { id } = useParams({ from: ROUTE });
  const { state } = useSearch({ from: ROUTE });
  return (
    <LonePage title="Open a dashboard">
      {state === undefined ? (
        <Text>This address is not whole. Open the dashboard again from the page of the clusters.</Text>
      ) : (
        <Wanted id={id} state={state} />
      )}
      <Anchor component={Link} to="/clusters">
        Go to the clusters
      </Anchor>
    </LonePage>
  );
}

function Wanted({ id, state }: { id: string; state: string }) {
  const query = useQuery(upstreamDashboardListQuery(useApi()));
  if (query.isPending) return <Skeleton height={96} role="status" aria-label="Loading what is to be opened" />;
  if (query.isError) return <LoadError error={query.error} onRetry={() => void query.refetch()} />;
  const dashboard = query.data.items.find((each) => each.id === id);
  if (dashboard === undefined) return <Text>There is no such dashboard, or you do not reach its whole cluster.</Text>;
  return <Entry dashboard={dashboard} state={state} />;
}
