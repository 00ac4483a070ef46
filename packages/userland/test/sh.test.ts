// biome-ignore-all lint/suspicious/noTemplateCurlyInString: shell text
import { describe, expect, it } from 'vitest';
import { makeSystem, output, run, type } from './boot.js';
import { CASES } from './shcases.js';

describe('scripts', () => {
  it('do what the manual says', async () => {
    const script = CASES.map(([source]) => `${source}\n`).join('echo ----\n');
    const got = (await output(script)).split('----\n');
    expect(got.length).toBe(CASES.length);
    for (const [i, [source, expected]] of CASES.entries())
      expect([source, got[i]]).toEqual([source, expected]);
  });

  it('end with the status of their last command, or of exit', async () => {
    expect((await run('true; false')).status).toBe(1);
    expect((await run('exit 7; echo no')).status).toBe(7);
    expect((await run('sh -c "kill -TERM \\$\\$"')).status).toBe(143);
  });

  it('are refused whole if their grammar is wrong', async () => {
    expect(await output('echo no; if then; fi', {}, 2)).toBe('Syntax error: "then" unexpected\n');
  });

  it('come to an end although they only loop over builtins, when a signal comes', async () => {
    expect(await output('sh -c "while :; do :; done" & p=$!; sleep 0.3; kill $p; wait $p; echo $?')).toBe(
      '143\n',
    );
  });
});

describe('at a terminal', () => {
  it('prompts, joins lines, edits, interrupts and goes on', async () => {
    // A shell that loops is busy all the time.
    const lines = [
      'echo hellp\x7fo\n',
      'if true\n',
      'then echo two\n',
      'fi\n',
      'sleep 100\n',
      '\x03',
      'echo $?\n',
      'nosuch\n',
      'while :; do :; done\n',
      '\x03',
      'echo "=$?"\n',
      '"\n',
      '\x03',
      'cat\n',
      'typed\n',
      '\x04',
    ];
    const r = await type(lines, {}, 0.4);
    expect([r.why, r.status]).toEqual(['halt', 0]);
    const text = r.output.replaceAll('\b \b', '<');
    expect(text).toContain(
      '# echo hellp<o\nhello\n# if true\n> then echo two\n> fi\ntwo\n# sleep 100\n^C\n# echo $?\n130\n# nosuch\nnosuch: not found\n',
    );
    expect(text).toContain(
      '# while :; do :; done\n^C\n# echo "=$?"\n=130\n# "\n> ^C\n# cat\ntyped\ntyped\n# exit\n',
    );
  });

  it('goes on after a builtin got what is no number, and leaves at exit', async () => {
    const r = await type(['exit x\n', 'echo $?\n', 'shift y\n', 'echo on\n', 'exit 5\n', 'echo no\n']);
    expect(r.output).toContain(
      '# exit x\nexit: Illegal number: x\n# echo $?\n2\n# shift y\nshift: Illegal number: y\n# echo on\non\n# exit 5\n',
    );
    expect([r.why, r.status, r.output.includes('# echo no')]).toEqual(['halt', 5, false]);
  });

  it('tells what the foreground does, on ^T, and gives the line being typed back', async () => {
    const r = await type([
      'sleep 3\n',
      '\x14',
      ':\n',
      'dd if=/dev/zero of=/dev/null bs=1m\n',
      '\x14',
      '\x03',
      'echo ab\x14\x7fc\n',
    ]);
    expect(r.output).toMatch(/^load: \d\.\d\d {2}cmd: sleep \d+ \[nanslp\] 0\.00u 0\.00s 0% \d+k$/m);
    const [, user, system, pct, resident] =
      /^load: 0\.\d\d {2}cmd: dd \d+ \[running\] (.*)u (.*)s (\d+)% (\d+)k$/m.exec(r.output)!.map(Number);
    // It has run for nearly two seconds, of which p_pctcpu has a twentieth each; its block is in memory.
    const used = user! + system!;
    expect([used > 1.8 && used < 2.1, pct! > 2 && pct! < 11, resident! > 1024]).toEqual([true, true, true]);
    // And it has what SIGINFO makes it say.
    expect(r.output).toMatch(/cmd: dd .*\n\d+\+0 records in\n/);
    expect(r.output).toMatch(/# echo abload: .* cmd: sh \d+ \[.*k\n\^R\necho ac\nac\n/);
  });

  /** Lines that ^C is to end, so that nothing of them is left to be done. */
  const INTERRUPTED: string[] = [
    'while :; do sleep 1; done',
    'until false; do sleep 1; done',
    'until false; do false; done',
    'for i in 1 2 3; do sleep 1; done; echo no',
    'sleep 5; echo no',
    'sleep 5 || echo no',
    'if sleep 5; then :; fi; echo no',
    'sleep 5 | cat; echo no',
    '( sleep 5; echo no ); echo no',
    '( while :; do sleep 1; done ); echo no',
    'f() { sleep 5; echo no; }; f; echo no',
    'command sleep 5; echo no',
    'eval "sleep 5; echo no"; echo no',
    'sh -c "while :; do sleep 1; done; echo no"; echo no',
    'echo "sleep 5; echo no" >f; sh f; echo no',
    '. /f; echo no',
    'echo $(sleep 5; echo no); echo no',
    'set +m; sleep 5; echo no',
    'set -m; sleep 5; echo no',
  ];

  it('^C ends what the shell was about to do as well as what runs', async () => {
    const lines = INTERRUPTED.flatMap((line) => [`${line}\n`, '\x03', 'echo "=$?"\n']);
    const r = await type(lines, {}, 0.4);
    const got = r.output.replace(/^# /, '').split('\n# ');
    const expected = INTERRUPTED.flatMap((line) => [`${line}\n^C`, 'echo "=$?"\n=130']);
    expect(got.slice(0, expected.length)).toEqual(expected);
    expect(r.why).toBe('halt');
  });

  it('^C ends no loop whose command handles it or has not had it, and a trap is run', async () => {
    const r = await type(
      [
        'for i in 1 2; do sh -c "trap : INT; sleep 1; exit 3"; echo "did $i $?"; done\n',
        '\x03',
        ':\n',
        ':\n',
        ':\n',
        'sleep 30 & while :; do sleep 1; done\n',
        '\x03\x03',
        'jobs; kill -INT $!; sleep 0.1; echo "=$?"\n',
        'sh -c "kill -INT \\$\\$"; echo no\n',
        'trap "echo trapped" INT; sleep 5; echo on\n',
        '\x03',
      ],
      {},
      0.7,
    );
    const text = r.output.replace(/\] \d+ /g, '] N ').replace(/ +/g, ' ');
    expect(text).toContain('^Cdid 1 3\n');
    expect(text).toContain('did 2 3\n');
    expect(text).toContain(
      '# jobs; kill -INT $!; sleep 0.1; echo "=$?"\n[1] N sleep 30\n=0\n[1] N Interrupt',
    );
    expect(text).not.toContain('\nno');
    expect(text).toContain('sleep 5; echo on\n^C\ntrapped\non\n');
  });

  it('a loop of short commands ends at the first ^C, whenever it comes', { timeout: 300_000 }, async () => {
    // In a turn of such a loop the command is about to end for much of the time, and hears nothing then.
    for (const ncpu of [1, 2, 4]) {
      const { machine } = await makeSystem({ ncpu });
      let console = '';
      machine.console.onOutput = (s) => {
        console += s;
      };
      const after = (text: string, ms: number): string => {
        console = '';
        machine.type(text);
        machine.run(machine.now() + ms * 1e6);
        machine.console.flush();
        return console;
      };
      after('', 2000);
      for (let n = 0; n < 6; n++) {
        after('while :; do ps >/dev/null; done\n', 50 + 7.3 * n);
        expect([ncpu, n, after('\x03', 120)]).toEqual([ncpu, n, '^C\n# ']);
      }
    }
  });

  it('a command of a loop can be stopped and resumed, a shell in it has its own ^C, and a pipeline ends it', async () => {
    const lines = [
      'for i in 1 2; do sleep 3; echo "$i $?"; done\n',
      '\x1a',
      'fg\n',
      ':\n',
      ':\n',
      ':\n',
      'while :; do sleep 5 | true; done\n',
      '\x03',
      'echo "=$?"\n',
      'for i in 1 2; do sh; echo "out $i"; done\n',
      'while :; do ps >/dev/null; done\n',
      '\x03',
      'exit\n',
      'exit\n',
      'while :; do sleep 1; done\n',
      '\x03',
    ];
    const r = await type(lines, {}, 0.9);
    const text = r.output.replace(/\] \d+ /g, '] N ').replace(/ +/g, ' ');
    expect(text).toContain('^Z\n[1] N Suspended sleep 3\n1 146\n');
    expect(text).toContain('2 0\n# sleep 3\n# ');
    expect(text).toContain('# while :; do sleep 5 | true; done\n^C\n# echo "=$?"\n=130\n');
    expect(text).toContain(
      '; done\n# while :; do ps >/dev/null; done\n^C\n# exit\nout 1\n# exit\nout 2\n# while :; do sleep 1; done\n^C\n# ',
    );
    expect(r.why).toBe('halt');
  });

  it('keeps jobs', async () => {
    const r = await type([
      'sleep 30 &\n',
      'sleep 40\n',
      '\x1a',
      'jobs\n',
      'bg\n',
      'jobs\n',
      'fg %1\n',
      '\x03',
      'kill %2\n',
      'wait; jobs\n',
      'cat &\n',
      'jobs\n',
      'kill -9 %1\n',
      ':\n',
    ]);
    const text = r.output.replace(/\] \d+ /g, '] N ').replace(/ +/g, ' ');
    expect(text).toContain(
      '# sleep 40\n^Z\n[2] N Suspended sleep 40\n# jobs\n[1] N sleep 30\n[2] N Suspended sleep 40\n# bg\n[2] sleep 40\n# jobs\n[1] N sleep 30\n[2] N sleep 40\n',
    );
    expect(text).toContain('# fg %1\nsleep 30\n^C\n');
    expect(text).toContain('# jobs\n[1] N Suspended cat\n# kill -9 %1\n');
    expect(r.why).toBe('halt');
  });

  it('ends at end of file with the last status', async () => {
    const r = await type(['false\n', '\x04']);
    expect([r.why, r.status]).toEqual(['halt', 1]);
  });
});
