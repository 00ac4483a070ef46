import { describe, expect, it } from 'vitest';
import { explain, parseReport } from '../src/index.js';

/*
 * What the short paragraph says of a way to the panic that has several commands: the one that was at work, or
 * all of them; never one that another had to follow.
 */

const TAIL = 'db{0}> bt\nlfs_zput(c9f31000) at netbsd:lfs_zput+0x7e\n';

function shortOf(script: string, process: string, between = ''): string {
  const stopped = `Stopped in pid 317.1 (${process}) at    netbsd:lfs_zput+0x7e: movl    0x1c(%eax),%edx\n`;
  const text = `>How-To-Repeat:\n${script}${between}\nuvm_fault(0xc9e81b58, 0x0, 0, 1) -> 0xe\nkernel: page fault trap, code=0\n${stopped}${TAIL}`;
  const report = parseReport(text);
  expect(report.recipe.length).toBeGreaterThan(1);
  return explain(report).inShort;
}

const SCRIPT = '\t# newfs -O 0 /dev/rzd0a\n\t# mount -t lfs /dev/wd1e /mnt\n\t# cp -R /usr/pkgsrc /mnt/\n';

describe('a way of several commands', () => {
  it('is told by the one whose program is the process', () => {
    expect(shortOf(SCRIPT, 'cp')).toContain(
      'Likely a way to it: cp -R /usr/pkgsrc /mnt/, behind 2 commands that stand below.',
    );
    expect(shortOf(SCRIPT, 'mount')).toContain(
      'mount -t lfs /dev/wd1e /mnt, behind 1 command that stands below.',
    );
    expect(shortOf(SCRIPT.replace('cp -R', '/bin/cp -R'), 'cp')).toContain('/bin/cp -R /usr/pkgsrc /mnt/');
  });

  it('is told as a whole where another process was at work', () => {
    expect(shortOf(SCRIPT, 'ioflush')).toContain(
      'Likely a way to it: newfs -O 0 /dev/rzd0a; mount -t lfs /dev/wd1e /mnt; cp -R /usr/pkgsrc /mnt/.',
    );
    const long = `${SCRIPT}\t# tar -cf /dev/null /mnt/one/very/long/path/of/many/names/that/goes/on/and/on/to/the/end\n`;
    expect(shortOf(long, 'ioflush')).toContain('Likely a way to it: the 4 commands below.');
  });

  it('is not told in short where the commands stand apart', () => {
    const words =
      'Nothing else of that machine was ever in use, and it has run without a fault for years.\n'.repeat(2);
    const apart = `Running "dd if=/dev/zero of=/mnt/f bs=1m" panics it.\n${words}Running "tar -xf /mnt/a.tar" also panics it.\n`;
    const said = shortOf(apart, 'ioflush');
    expect(said).toContain('There are 2 commands below that may be of a way to it.');
    expect(said).not.toContain('dd if=');
  });

  it('is told by the first of two that are as good as each other, and by both of two that are not', () => {
    const short = (word: string) =>
      shortOf(`To reproduce, run "sh crash.sh 10" ${word} "dd if=/dev/zero of=/mnt/f bs=1m".\n`, 'ioflush');
    expect(short('or')).toContain('Likely a way to it: sh crash.sh 10.');
    expect(short('then')).toContain('Likely a way to it: sh crash.sh 10; dd if=/dev/zero of=/mnt/f bs=1m.');
  });
});
