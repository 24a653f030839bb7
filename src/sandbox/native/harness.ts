/** @module sandbox/native/harness: what runs inside of the fence before the caller's code: closes, limits, then gives way. */

/** Descriptor on which the launcher says that it has come so far, and Python its result. */
export const RESULT_FD = 7;
/** First byte on it. What follows is the result. */
export const STARTED = 'S';
/** Bytes of a result that are taken. */
export const MAX_RESULT_BYTES = 262_144;

/** Where the caller's code lies, without its ending. */
export const CODE_PATH = '/run/code/main';

/**
 * For bash, with `-c`: the folder it starts in (entered by the program's own user, who may be another than the one that
 * sets the fence up), the limits as options of `ulimit`, and `--` before the program. Descriptors that the gateway itself
 * inherited from whoever started it are closed here: Node passes on what has no close-on-exec. A program that cannot be
 * limited is not started.
 */
export const LAUNCHER = `
cd "$1" || exit 126; shift
limits=(); while [ "$1" != -- ]; do limits+=("$1"); shift; done; shift
for entry in /proc/self/fd/*; do n=\${entry##*/}; case $n in 0|1|2|${RESULT_FD}) ;; *) eval "exec $n>&-" ;; esac; done
ulimit "\${limits[@]}" || exit 126
printf ${STARTED} >&${RESULT_FD}
exec "$@"
`;

/** The same for programs that have no result. */
export const QUIET_LAUNCHER = LAUNCHER.replace('exec "$@"', `exec ${RESULT_FD}>&- "$@"`);

/** The same for a server: nobody waits for a sign. */
export const SERVER_LAUNCHER = LAUNCHER.replace(/printf .*\n/, '').replace(`0|1|2|${RESULT_FD})`, '0|1|2)');

/** For python3 -c: runs the code as __main__, and writes the value of a last expression to the result's descriptor. */
export const PYTHON_HARNESS = `
import sys, _ast
def run():
    path = '${CODE_PATH}.py'
    with open(path, encoding='utf-8') as file:
        text = file.read()
    tree = compile(text, path, 'exec', 0x400)
    last = None
    if tree.body and isinstance(tree.body[-1], _ast.Expr):
        last = _ast.Expression(tree.body.pop().value)
    main = type(sys)('__main__')
    main.__file__ = path
    sys.modules['__main__'] = main
    exec(compile(tree, path, 'exec'), main.__dict__)
    if last is None:
        return
    value = eval(compile(last, path, 'eval'), main.__dict__)
    if value is None:
        return
    import json, os
    try:
        text = json.dumps(value, allow_nan=False)
    except Exception:
        text = json.dumps(repr(value))
    data = text.encode()
    while data:
        data = data[os.write(${RESULT_FD}, data):]
sys.path.insert(0, '/work')
sys.argv = ['main.py']
try:
    run()
except Exception as error:
    import traceback
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename == '<string>':
        trace = trace.tb_next
    sys.stdout.flush()
    traceback.print_exception(type(error), error, trace)
    sys.exit(1)
`;
