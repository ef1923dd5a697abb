/** What every record store promises. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ServeError } from '@slipway/protocol'
import type { RecordCollection, RecordStore } from '../../src/stores/records/records.ts'

interface Fruit {
  readonly name: string
  readonly many?: number
}

const refusedWith = (code: string) => (error: unknown) => error instanceof ServeError && error.code === code

async function all(fruits: RecordCollection<Fruit>, limit: number): Promise<readonly string[]> {
  const names: string[] = []
  for (let after: string | undefined; ; ) {
    const { records, next } = await fruits.list({ limit, ...(after === undefined ? {} : { after }) })
    assert.ok(records.length <= limit)
    names.push(...records.map(({ value }) => value.name))
    if (next === undefined) return names
    after = next
  }
}

/** `open` gives a new, empty store each time. */
export function testRecordStore(name: string, open: () => Promise<RecordStore>): void {
  const promise = (what: string, work: (fruits: RecordCollection<Fruit>, store: RecordStore) => Promise<void>) =>
    test(`${name}: ${what}`, async () => {
      const store = await open()
      try {
        await work(store.collection<Fruit>('fruits'), store)
      } finally {
        await store.close()
      }
    })

  promise('what was never written is empty', async (fruits) => {
    assert.equal(await fruits.get('a'), undefined)
    assert.deepEqual(await fruits.list({ limit: 10 }), { records: [] })
    assert.equal(await fruits.delete('a'), false)
    assert.equal(await fruits.put('a', { name: 'apple' }, 3), undefined)
  })

  promise('a record is read back as it was written', async (fruits) => {
    const value = { name: 'Äpfel\u0000 "\n', many: 0.1 }
    assert.equal(await fruits.put('a', value, 0), 1)
    assert.deepEqual(await fruits.get('a'), { id: 'a', revision: 1, value })
  })

  promise('a write that saw an older revision changes nothing', async (fruits) => {
    assert.equal(await fruits.put('a', { name: 'apple' }, 0), 1)
    assert.equal(await fruits.put('a', { name: 'another' }, 0), undefined)
    assert.equal(await fruits.put('a', { name: 'apricot' }, 1), 2)
    assert.equal(await fruits.put('a', { name: 'late' }, 1), undefined)
    assert.deepEqual(await fruits.get('a'), { id: 'a', revision: 2, value: { name: 'apricot' } })
  })

  promise('of many who set at once, one wins', async (fruits) => {
    const won = await Promise.all(Array.from({ length: 20 }, (_, index) => fruits.put('a', { name: 'apple', many: index }, 0)))
    assert.deepEqual(
      won.filter((revision) => revision !== undefined),
      [1],
    )
    assert.equal((await fruits.get('a'))?.value.many, won.indexOf(1))
  })

  promise('what is read is a copy', async (fruits) => {
    const value: { name: string } = { name: 'apple' }
    const made = await fruits.append(value)
    value.name = 'changed'
    const read = await fruits.get(made?.id ?? '')
    assert.equal(read?.value.name, 'apple')
    if (read !== undefined) Object.assign(read.value, { name: 'changed' })
    assert.equal((await fruits.get(made?.id ?? ''))?.value.name, 'apple')
  })

  promise('a list has the order of making, whatever changes later', async (fruits) => {
    const made = [await fruits.append({ name: '1' }), await fruits.append({ name: '2' })]
    await fruits.put('0', { name: '3' }, 0)
    await fruits.append({ name: '4' })
    await fruits.put(made[0]?.id ?? '', { name: '1 again' }, 1)
    for (const limit of [1, 2, 3, 4, 5]) assert.deepEqual(await all(fruits, limit), ['1 again', '2', '3', '4'])
  })

  promise('a page goes on where the one before ended, though its last record is gone', async (fruits) => {
    for (const name of ['1', '2', '3', '4']) await fruits.append({ name })
    const { records, next } = await fruits.list({ limit: 2 })
    assert.equal(await fruits.delete(records[1]?.id ?? ''), true)
    const rest = await fruits.list({ limit: 2, after: next ?? '' })
    assert.deepEqual(
      rest.records.map(({ value }) => value.name),
      ['3', '4'],
    )
    assert.equal(rest.next, undefined)
    // A place once given away is not given to another record.
    for (const { id } of rest.records) await fruits.delete(id)
    await fruits.append({ name: '5' })
    assert.deepEqual(await all(fruits, 1), ['1', '5'])
  })

  promise('a place that no page gave is refused', async (fruits) => {
    for (const after of ['', 'x', '-1', '1.5', '1e3', '9999999999999999'])
      await assert.rejects(fruits.list({ limit: 1, after }), refusedWith('INVALID_ARGUMENT'), after)
  })

  promise('a list from the newest back has every record once, and goes on where it ended', async (fruits) => {
    assert.deepEqual(await fruits.list({ limit: 2, newestFirst: true }), { records: [] })
    for (const name of ['1', '2', '3', '4', '5']) await fruits.append({ name })
    const names: string[] = []
    for (let after: string | undefined, isLast = false; !isLast; ) {
      const page = await fruits.list({ limit: 2, newestFirst: true, ...(after === undefined ? {} : { after }) })
      names.push(...page.records.map(({ value }) => value.name))
      after = page.next
      isLast = after === undefined
    }
    assert.deepEqual(names, ['5', '4', '3', '2', '1'])
  })

  promise('records are counted by a member of their value, through changes and deletions', async (_, store) => {
    const marks = store.collection<{ readonly verdict?: string | number }>('marks')
    assert.deepEqual(await marks.tally('verdict'), new Map())
    const made = await marks.append({ verdict: 'right' })
    await marks.append({ verdict: 'right' })
    await marks.append({ verdict: 'it’s "wrong"' })
    await marks.append({ verdict: 7 })
    await marks.append({})
    await store.collection<{ readonly verdict: string }>('other marks').append({ verdict: 'right' })
    assert.deepEqual(Object.fromEntries(await marks.tally('verdict')), { right: 2, 'it’s "wrong"': 1 })
    await marks.put(made?.id ?? '', { verdict: 'relabelled' }, 1)
    assert.deepEqual(Object.fromEntries(await marks.tally('verdict')), { right: 1, relabelled: 1, 'it’s "wrong"': 1 })
    await marks.delete(made?.id ?? '')
    assert.deepEqual(Object.fromEntries(await marks.tally('verdict')), { right: 1, 'it’s "wrong"': 1 })
  })

  promise('a full collection takes no more until something is deleted', async (fruits) => {
    const made = [await fruits.append({ name: '1' }, 2), await fruits.append({ name: '2' }, 2)]
    assert.equal(await fruits.append({ name: '3' }, 2), undefined)
    assert.equal(await fruits.delete(made[0]?.id ?? ''), true)
    assert.notEqual(await fruits.append({ name: '3' }, 2), undefined)
    assert.deepEqual(await all(fruits, 10), ['2', '3'])
    assert.equal(await fruits.append({ name: '0' }, 0), undefined)
  })

  promise('a record is deleted once, and at the revision that was seen', async (fruits) => {
    await fruits.put('a', { name: 'apple' }, 0)
    await fruits.put('a', { name: 'apricot' }, 1)
    assert.equal(await fruits.delete('a', 1), false)
    assert.equal(await fruits.delete('a', 2), true)
    assert.equal(await fruits.delete('a'), false)
    assert.equal(await fruits.put('a', { name: 'anew' }, 0), 1)
  })

  promise('collections do not see each other, and any text names one', async (fruits, store) => {
    const others = ['', 'fruit', "fruits'; drop table records; --", 'fruits%', '__proto__'].map((each) => store.collection<Fruit>(each))
    await fruits.put('a', { name: 'apple' }, 0)
    for (const other of others) {
      assert.equal(await other.get('a'), undefined)
      assert.equal(await other.put('a', { name: 'other' }, 0), 1)
      assert.equal(await other.append({ name: 'second' }, 1), undefined)
    }
    assert.deepEqual(await all(fruits, 10), ['apple'])
    assert.equal((await store.collection<Fruit>('fruits').get('a'))?.value.name, 'apple')
  })

  promise('a closed store says so', async (fruits, store) => {
    await fruits.append({ name: 'apple' })
    await store.close()
    await assert.rejects(fruits.append({ name: 'late' }), refusedWith('UNAVAILABLE'))
    await assert.rejects(fruits.list({ limit: 1 }), refusedWith('UNAVAILABLE'))
    await assert.rejects(fruits.get('a'), refusedWith('UNAVAILABLE'))
    await assert.rejects(fruits.tally('verdict'), refusedWith('UNAVAILABLE'))
  })
}
