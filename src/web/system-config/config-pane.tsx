import { Button, Drawer, Group, Select, Stack, Text, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { CatalogueEntryView, ConfigRow } from '../../wire/system-config.ts';
import { ApiError } from '../api/api-error.ts';
import { FormAlert } from '../forms/form-alert.tsx';
import { placeRefusal } from '../forms/place-refusal.ts';
import { useDraftedForm } from '../forms/use-drafted-form.ts';
import { isCatalogueKey } from '../../core/catalogue.ts';
import { useApi } from '../portal/portal-context.ts';
import { readMinutes } from '../words/duration.ts';
import { OTHER, TYPE_CHOICES, hasFreeKey, keyOf, minutesOf, readingOf, typeOf } from './config-form.ts';
import type { ConfigValues } from './config-form.ts';
import { catalogueQuery, useConfigWrites } from './config-queries.ts';
import { ExistingKeyLine } from './existing-key-line.tsx';
import { PreviewLine } from './preview-line.tsx';

interface Props {
  /** The row to update; null to add one. */
  readonly row: ConfigRow | null;
  readonly onClose: () => void;
}

/** Choices open inside the pane, which is a dialog, and not behind it at the end of the document. */
const IN_PLACE = { withinPortal: false };

const EMPTY: ConfigValues = { typeChoice: 'AppConfig', typeName: '', keyChoice: '', keyName: '', value: '' };

/** *Add Config* and *Update Config*: slides in from the right, keeps what was typed until it is sent or cancelled. */
export function ConfigPane({ row, onClose }: Props) {
  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      size="md"
      title={row === null ? 'Add Config' : 'Update Config'}
      closeOnClickOutside={false}
    >
      <ConfigForm key={row?.key ?? ''} row={row} onClose={onClose} />
    </Drawer>
  );
}

function valuesOf(row: ConfigRow): ConfigValues {
  const isKnownType = TYPE_CHOICES.includes(row.type) && row.type !== OTHER;
  return {
    typeChoice: isKnownType ? row.type : OTHER,
    typeName: isKnownType ? '' : row.type,
    keyChoice: isCatalogueKey(row.key) ? row.key : OTHER,
    keyName: isCatalogueKey(row.key) ? '' : row.key,
    value: row.value,
  };
}

function ConfigForm({ row, onClose }: Props) {
  const { data: catalogue } = useQuery(catalogueQuery(useApi()));
  const { store } = useConfigWrites();
  const [refusal, setRefusal] = useState<string | null>(null);
  const { form, forget } = useDraftedForm(`system-config:${row?.key ?? ''}`, {
    initialValues: { ...(row === null ? EMPTY : valuesOf(row)) },
    validate: (values) => ({
      ...(typeOf(values) === '' ? { typeName: 'Give a Config Type.' } : {}),
      ...(keyOf(values) === '' ? { [hasFreeKey(values) ? 'keyName' : 'keyChoice']: 'Choose a Key.' } : {}),
    }),
  });
  const values = form.values;
  const key = keyOf(values);
  const entry = catalogue?.items.find((each) => each.key === key || each.label === key);

  const submit = async (): Promise<void> => {
    setRefusal(null);
    form.setSubmitting(true);
    try {
      await store(key, typeOf(values), values.value);
      // The value may have ended this very session, and the pane with it: forget the draft in any case.
      forget();
      onClose();
    } catch (error) {
      setRefusal(placeConfigRefusal(form, error, values));
    } finally {
      form.setSubmitting(false);
    }
  };

  return (
    <form onSubmit={form.onSubmit(() => void submit())}>
      <Stack gap="sm">
        <Select
          label="Config Type"
          data={TYPE_CHOICES}
          comboboxProps={IN_PLACE}
          allowDeselect={false}
          disabled={row !== null}
          data-autofocus={row === null || undefined}
          {...form.getInputProps('typeChoice')}
        />
        {values.typeChoice === OTHER && (
          <TextInput label="Config Type name" disabled={row !== null} {...form.getInputProps('typeName')} />
        )}
        <KeyFields form={form} catalogue={catalogue?.items ?? []} isFixed={row !== null} />
        {row === null && key !== '' && <ExistingKeyLine configKey={key} />}
        <ValueField form={form} catalogueKey={key} entry={entry} isFirst={row !== null} />
        {minutesOf(key, values.value) !== null && <PreviewLine catalogueKey={key} value={values.value} />}
        <FormAlert>{refusal}</FormAlert>
        <Group justify="flex-end">
          <Button
            variant="default"
            onClick={() => {
              forget();
              onClose();
            }}
          >
            Cancel
          </Button>
          <Button type="submit" loading={form.submitting}>
            Submit
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

type ConfigFormReturn = ReturnType<typeof useDraftedForm<{ -readonly [Field in keyof ConfigValues]: string }>>['form'];

interface KeyFieldsProps {
  readonly form: ConfigFormReturn;
  readonly catalogue: readonly CatalogueEntryView[];
  readonly isFixed: boolean;
}

function KeyFields({ form, catalogue, isFixed }: KeyFieldsProps) {
  const { typeChoice, keyChoice } = form.values;
  const offersCatalogue = typeChoice === 'AppConfig';
  const options = [
    ...catalogue.map(({ key, label }) => ({ value: key as string, label })),
    { value: OTHER, label: OTHER },
  ];
  return (
    <>
      {offersCatalogue && (
        <Select
          label="Key"
          placeholder="Choose a setting"
          data={options}
          comboboxProps={IN_PLACE}
          allowDeselect={false}
          disabled={isFixed}
          {...form.getInputProps('keyChoice')}
          value={keyChoice === '' ? null : keyChoice}
        />
      )}
      {hasFreeKey({ typeChoice, keyChoice }) && (
        <TextInput
          label={offersCatalogue ? 'Key name' : 'Key'}
          description="A free key is stored and has no effect in Curfew"
          disabled={isFixed}
          {...form.getInputProps('keyName')}
        />
      )}
    </>
  );
}

interface ValueFieldProps {
  readonly form: ConfigFormReturn;
  readonly catalogueKey: string;
  readonly entry: CatalogueEntryView | undefined;
  readonly isFirst: boolean;
}

function ValueField({ form, catalogueKey, entry, isFirst }: ValueFieldProps) {
  const reading = readingOf(catalogueKey, form.values.value);
  return (
    <Stack gap={4}>
      {entry !== undefined && (
        <Text size="sm" c="dimmed">
          {entry.description}
        </Text>
      )}
      <TextInput
        label={entry === undefined ? 'Value' : VALUE_LABELS[entry.unit]}
        {...(entry !== undefined && { description: describeEntry(entry) })}
        {...(entry !== undefined && entry.unit !== 'e-mails' && { inputMode: 'numeric' as const })}
        rightSection={
          reading === '' ? null : (
            <Text size="sm" c="dimmed" component="span" style={{ whiteSpace: 'nowrap' }}>
              {reading}
            </Text>
          )
        }
        rightSectionWidth={reading === '' ? 0 : `${reading.length + 2}ch`}
        autoComplete="off"
        data-autofocus={isFirst || undefined}
        {...form.getInputProps('value')}
      />
    </Stack>
  );
}

const VALUE_LABELS = { minutes: 'Value (min)', days: 'Value (days)', 'e-mails': 'Value' } as const;

function describeEntry(entry: CatalogueEntryView): string {
  const allowed = `${entry.allowed.charAt(0).toUpperCase()}${entry.allowed.slice(1)}`;
  const present = entry.stored ? `now ${entry.valueInForce}` : 'which holds now';
  const reading = entry.unit === 'minutes' ? ` (${readMinutes(Number(entry.defaultValue))})` : '';
  return `${allowed}. Default ${entry.defaultValue === '' ? 'none' : entry.defaultValue}${reading}, ${present}.`;
}

/** The portal names fields as it stores them; the pane has two fields each for type and key. */
function placeConfigRefusal(form: ConfigFormReturn, error: unknown, values: ConfigValues): string | null {
  if (error instanceof ApiError && error.problem.field === 'type') {
    form.setFieldError(values.typeChoice === OTHER ? 'typeName' : 'typeChoice', error.message);
    return null;
  }
  if (error instanceof ApiError && error.problem.field === 'key') {
    form.setFieldError(hasFreeKey(values) ? 'keyName' : 'keyChoice', error.message);
    return null;
  }
  return placeRefusal(form, error);
}
