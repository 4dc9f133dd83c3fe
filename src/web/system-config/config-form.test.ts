import { describe, expect, it } from 'vitest';
import { hasFreeKey, keyOf, minutesOf, readingOf, typeOf } from './config-form.ts';

const values = {
  typeChoice: 'AppConfig',
  typeName: '',
  keyChoice: 'MaximumK8sSessionDuration',
  keyName: '',
  value: '',
};

describe('what the pane sends', () => {
  it('takes catalogue keys as AppConfig', () => {
    expect(typeOf(values)).toBe('AppConfig');
    expect(keyOf(values)).toBe('MaximumK8sSessionDuration');
    expect(hasFreeKey(values)).toBe(false);
  });

  it('takes free names without the blanks around them', () => {
    const free = { ...values, typeChoice: 'Other', typeName: ' Banner ', keyName: ' Colour ' };
    expect(typeOf(free)).toBe('Banner');
    expect(keyOf(free)).toBe('Colour');
    expect(keyOf({ ...values, keyChoice: 'Other', keyName: 'X' })).toBe('X');
  });

  it('has no catalogue key under another type', () => {
    expect(keyOf({ ...values, typeChoice: 'Flags' })).toBe('');
  });
});

describe('readingOf', () => {
  it.each([
    ['60', '= 1 hour'],
    ['0', ''],
    ['-5', ''],
    ['1.5', ''],
    ['abc', ''],
    ['', ''],
    ['99999999', ''],
  ])('reads %s of a duration as “%s”', (value, reading) => {
    expect(readingOf('MaximumK8sSessionDuration', value)).toBe(reading);
  });

  it('reads 0 as off where that is allowed', () => {
    expect(readingOf('K8sSessionInactivityTimeout', '0')).toBe('= off');
    expect(minutesOf('K8sSessionInactivityTimeout', '0')).toBe(0);
  });

  it('reads nothing into free keys', () => {
    expect(readingOf('Banner', '60')).toBe('');
  });
});
