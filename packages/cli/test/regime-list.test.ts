import { loadKernel } from '@trap12/system/node.js';
import { expect, it } from 'vitest';
import { regimeList } from '../src/found-run.js';

const kernel = await loadKernel();

it('a regime that stands in a list twice is searched once, however it is written', () => {
  expect(regimeList('giant,giant', kernel)).toEqual(['giant']);
  expect(regimeList('giant, giant,vm_mtx-20010519,giant', kernel)).toEqual(['giant', 'vm_mtx-20010519']);
  // A change of a switch makes another one, unless it changes nothing.
  expect(regimeList('giant,giant,vm_mtx=1', kernel)).toEqual(['giant', 'giant,vm_mtx=1']);
  expect(regimeList('giant,vm_mtx=1,giant, vm_mtx=1', kernel)).toEqual(['giant,vm_mtx=1']);
  expect(regimeList('giant,vm_mtx=0,giant', kernel)).toEqual(['giant,vm_mtx=0']);
  expect(() => regimeList('giant,x', kernel)).toThrow('accepted: all, giant');
});
