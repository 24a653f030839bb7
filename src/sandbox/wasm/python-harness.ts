/** @module sandbox/wasm/python-harness: Python around the code of a caller at the level wasm. */

/** Defines `_switchyard_run(code)`, which returns [exit code, result as JSON text or null]. */
export const WASM_HARNESS = `
def _switchyard_run(text):
    import sys, _ast, io
    path = '/run/code/main.py'
    module = type(sys)('__main__')
    module.__file__ = path
    sys.modules['__main__'] = module
    sys.argv = ['main.py']
    if '/work' not in sys.path:
        sys.path.insert(0, '/work')
    if 'random' in sys.modules:
        sys.modules['random'].seed()
    import linecache
    linecache.cache[path] = (len(text), None, text.splitlines(True), path)
    value = None
    code = 0
    try:
        tree = compile(text, path, 'exec', 0x400)
        last = None
        if tree.body and isinstance(tree.body[-1], _ast.Expr):
            last = _ast.Expression(tree.body.pop().value)
        exec(compile(tree, path, 'exec'), module.__dict__)
        if last is not None:
            value = eval(compile(last, path, 'eval'), module.__dict__)
    except SystemExit as error:
        given = error.code
        code = 0 if given is None else given if isinstance(given, int) else 1
        if given is not None and not isinstance(given, int):
            print(given, file=sys.stderr)
    except BaseException as error:
        import traceback
        trace = error.__traceback__
        while trace is not None and trace.tb_frame.f_code.co_filename != path:
            trace = trace.tb_next
        traceback.print_exception(type(error), error, trace)
        code = 1
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BaseException:
            pass
    result = None
    if value is not None and code == 0:
        import json
        try:
            result = json.dumps(value, allow_nan=False)
        except BaseException:
            result = json.dumps(repr(value))
    return code & 0xff, result
`;

/** Takes away the ways from Python to JavaScript. */
export const CLOSE_BRIDGES = `
import sys
for _name in [name for name in sys.modules if name == 'js' or name.startswith(('js.', 'pyodide_js'))]:
    sys.modules.pop(_name, None)
del _name, sys
`;
