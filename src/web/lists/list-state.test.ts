import { describe, expect, it, vi } from 'vitest';
import { listQuery, listStateSchema, pageCount, sortingOf } from './list-state.ts';

describe('listStateSchema', () => {
  it('passes over what it does not understand', () => {
    expect(listStateSchema.parse({ page: -1, pageSize: 'many', search: 5 })).toEqual({
      page: undefined,
      pageSize: undefined,
      search: '5',
    });
  });
});

describe('listQuery', () => {
  it('asks for the first 25 where the address says nothing', () => {
    expect(listQuery({})).toEqual({ page: 1, pageSize: 25, search: undefined });
    expect(listQuery({ page: 3, pageSize: 50, search: 'ada' })).toEqual({ page: 3, pageSize: 50, search: 'ada' });
  });
});

describe('sortingOf', () => {
  const fallback = { by: 'startedAt', order: 'desc' } as const;
  const change = vi.fn<(change: object) => void>();

  it('goes by the address, else as the portal does by itself', () => {
    expect(sortingOf<'startedAt' | 'user'>({}, fallback, change)).toMatchObject(fallback);
    expect(sortingOf<'startedAt' | 'user'>({ sort: 'user', order: 'asc' }, fallback, change)).toMatchObject({
      by: 'user',
      order: 'asc',
    });
  });

  it('begins with the first page when the order changes', () => {
    sortingOf<'startedAt' | 'user'>({}, fallback, change).onSort('user', 'asc');
    expect(change).toHaveBeenCalledWith({ sort: 'user', order: 'asc', page: undefined });
  });
});

describe('pageCount', () => {
  it('rounds up and is never zero', () => {
    expect(pageCount(0, 25)).toBe(1);
    expect(pageCount(25, 25)).toBe(1);
    expect(pageCount(26, 25)).toBe(2);
  });
});
