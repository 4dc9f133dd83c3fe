import { Button, Menu, Text } from '@mantine/core';
import { IconCheck, IconChevronDown } from '@tabler/icons-react';
import { isChoiceGone, useChosenTenant, useTenantChoices } from './tenant-choice.ts';

const WHOLE = 'Whole clusters';

/** Chooses the tenant that shells and kubeconfigs go into; for whoever may enter one. This browser remembers it. */
export function TenantPicker() {
  const choices = useTenantChoices();
  const { id, choose } = useChosenTenant();
  if (choices === null) return null;
  const { tenants, hasWhole } = choices;
  const isGone = isChoiceGone(choices, id);
  if (tenants.length === 0 && !isGone) return null;
  const chosen = tenants.find((each) => each.id === id) ?? (hasWhole ? null : tenants[0]);
  const shown = isGone ? 'Choose' : (chosen?.name ?? WHOLE);
  const options = [...(hasWhole ? [{ id: '', name: WHOLE, cluster: '', readOnly: false }] : []), ...tenants];
  return (
    <Menu position="bottom-start">
      <Menu.Target>
        <Button
          variant="default"
          size="compact-sm"
          rightSection={<IconChevronDown size={14} aria-hidden />}
          aria-label={`Tenant: ${shown}`}
        >
          <Text size="sm" truncate maw={{ base: 36, sm: 200 }} component="span">
            {shown}
          </Text>
        </Button>
      </Menu.Target>
      <Menu.Dropdown mah={400} style={{ overflowY: 'auto' }}>
        <Menu.Label>Tenant</Menu.Label>
        {options.map((each) => (
          <Menu.Item
            key={each.id}
            aria-current={!isGone && each.id === (chosen?.id ?? '')}
            rightSection={!isGone && each.id === (chosen?.id ?? '') ? <IconCheck size={16} aria-hidden /> : null}
            onClick={() => choose(each.id)}
          >
            {each.name}
            {each.cluster !== '' && (
              <Text span size="xs" c="dimmed">
                {' '}
                on {each.cluster}
                {each.readOnly && ', read-only'}
              </Text>
            )}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
