import { Text, Title } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { ResourceType } from './resource-type.ts';

/** The way back to a list, with everything of it that the address holds, and the heading of what is below it. */
export function PathHeading({ type, children }: { type: ResourceType; children: ReactNode }) {
  return (
    <>
      <Link
        to="/clusters/$cluster/dashboard"
        from="/clusters/$cluster/dashboard"
        search={({ name: _name, of: _of, tab: _tab, create: _create, ...rest }) => rest}
      >
        {type.kind}
      </Link>
      <Text span c="dimmed" aria-hidden>
        ›
      </Text>
      <Title order={1} size="h3" style={{ overflowWrap: 'anywhere' }}>
        {children}
      </Title>
    </>
  );
}
