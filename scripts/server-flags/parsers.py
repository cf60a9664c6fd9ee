"""Prints, as JSON, what one unpacked package's own argument parsers take: `python parsers.py SERVER FOLDER`.

The package is not installed and its libraries need not be there: stand_ins.py takes their place.
"""

import argparse
import dataclasses
import importlib
import importlib.metadata
import importlib.util
import json
import sys
import types

import stand_ins

# Modules that must stay absent: the packages ask for them to find out what they run on, or to add what is optional.
ABSENT = """email_validator libtpu tpu_inference pathwaysutils amdsmi nvtx ujson httptools chardet simplejson
    brotli brotlicffi torch_npu torch_musa habana_frameworks socks backports _typeshed rich_toolkit shellingham""".split()

# Modules that do nothing for the flags and need a device or the real libraries to be loaded.
REPLACED = ["sglang.srt.layers", "sglang.srt.distributed", "sglang.srt.configs", "sglang.kernels"]


def module_of(finder, *names):
    """The first of these modules that the package really has: they move between versions."""
    for name in names:
        try:
            spec = importlib.util.find_spec(name)
        except ModuleNotFoundError:
            continue
        if spec is not None and spec.loader is not finder:
            return importlib.import_module(name)
    sys.exit(f"none of {names} is in the package: say in parsers.py where its parser is now")


def package(name):
    """A package whose own first module needs the real libraries: it is passed over, what lies in it is not."""
    module = types.ModuleType(name)
    module.__path__ = [f"{sys.path[0]}/{name}"]
    sys.modules[name] = module


def forget_default_factories(prefix):
    """Defaults do not matter here, and some factories need the real libraries."""
    for name, module in list(sys.modules.items()):
        if not name.startswith(prefix):
            continue
        for value in list(vars(module).values()):
            if isinstance(value, type) and not stand_ins.is_stand_in(value) and dataclasses.is_dataclass(value):
                for field in dataclasses.fields(value):
                    if type(field.default).__name__ == "FieldInfo" and field.default.default_factory is not None:
                        field.default.default_factory = lambda: None
                    if field.default_factory is not dataclasses.MISSING:
                        field.default_factory = lambda: None


def vllm(finder):
    arguments = module_of(
        finder, "vllm.entrypoints.common.cli_args", "vllm.entrypoints.launchers.cli_args", "vllm.entrypoints.openai.cli_args"
    )
    parsers = module_of(finder, "vllm.utils.argparse_utils", "vllm.utils")
    forget_default_factories("vllm.")
    return {"serve": arguments.make_arg_parser(parsers.FlexibleArgumentParser())}


def sglang(finder):
    package("sglang")
    server_args = module_of(finder, "sglang.srt.server_args")
    parser = argparse.ArgumentParser()
    server_args.ServerArgs.add_cli_args(parser)
    return {"serve": parser}


def lmdeploy(finder):
    cli = module_of(finder, "lmdeploy.cli.cli").CLI
    serve = module_of(finder, "lmdeploy.cli.serve").SubCliServe
    serve.add_parsers()
    return {"api_server": subparser(serve.parser, "api_server")}


def subparser(parser, *names):
    for name in names:
        action = next(a for a in parser._actions if isinstance(a, argparse._SubParsersAction))
        parser = action.choices[name]
    return parser


def aphrodite(finder):
    arguments = module_of(finder, "aphrodite.entrypoints.launchers.cli_args", "aphrodite.entrypoints.openai.cli_args")
    parsers = module_of(finder, "aphrodite.utils.argparse_utils")
    forget_default_factories("aphrodite.")
    return {"run": arguments.make_arg_parser(parsers.FlexibleArgumentParser())}


def huggingface_hub(finder):
    """Up to 0.x the commands are argparse's, and `huggingface-cli` is another than `hf`; from 1.x on `hf` is click's."""
    parsers = {}
    for name, module in (("hf download", "huggingface_hub.cli.download"), ("cli download", "huggingface_hub.commands.download")):
        try:
            command = getattr(module_of(finder, module), "DownloadCommand", None)
        except SystemExit:
            continue
        if command is not None:
            parser = argparse.ArgumentParser()
            command.register_subcommand(parser.add_subparsers())
            parsers[name] = subparser(parser, "download")
    if "hf download" not in parsers:
        parsers["hf download"] = command_of(module_of(finder, "huggingface_hub.cli.hf").app, "download")
    return parsers


def command_of(app, name):
    import typer.main

    group = app if hasattr(app, "commands") else typer.main.get_command(app)
    command = group.commands[name]
    # A command that is only a name until it runs.
    return command.materialize() if hasattr(command, "materialize") else command


SERVERS = {
    "vllm": vllm,
    "sglang": sglang,
    "lmdeploy": lmdeploy,
    "aphrodite": aphrodite,
    "huggingface_hub": huggingface_hub,
}


def arity_of(nargs):
    if nargs is None or nargs == 1:
        return "one"
    if nargs == 0:
        return "none"
    return {"?": "optional", "*": "many", "+": "many", argparse.REMAINDER: "many"}.get(nargs, "unsure")


def reads_json(kind, depth=0):
    """Whether a parser's type function reads JSON: `json.loads`, vLLM's own, or a function that closes over one."""
    if kind is json.loads or getattr(kind, "__name__", "") in {"parse_dataclass", "union_dict_and_str", "json_or_path"}:
        return True
    cells = getattr(kind, "__closure__", None) or ()
    return depth < 4 and any(callable(cell.cell_contents) and reads_json(cell.cell_contents, depth + 1) for cell in cells)


def is_negative(action, name):
    inverse = getattr(action, "negative_option_strings", ())
    return isinstance(action, argparse.BooleanOptionalAction) and (name.startswith("--no-") or name in inverse)


def canonical_of(names, arity, action, parser):
    """The name that stands for all of an action's: its destination's where there is such a flag, else its first long one."""
    own = [f"--{action.dest}", f"--{action.dest.replace('_', '-')}"]
    for name in own:
        if name in names or (arity != "none" and name in parser._option_string_actions):
            return name
    return next((name for name in names if name.startswith("--")), names[0])


def describe_click(command):
    """Click has no abbreviations, and a number of values above one is fixed."""
    flags, positionals = [], []
    for param in command.params:
        arity = "none" if getattr(param, "is_flag", False) else {1: "one", -1: "many"}.get(param.nargs, "unsure")
        if param.param_type_name == "argument":
            positionals.append({"name": param.name, "arity": arity if param.required or arity == "many" else "optional"})
            continue
        canonical = next((name for name in param.opts if name.startswith("--")), param.opts[0])
        flags += [{"name": name, "canonical": canonical, "arity": arity, "json": False} for name in param.opts]
        flags += [{"name": n, "canonical": n, "arity": arity, "json": False} for n in param.secondary_opts]
    flags.append({"name": "--help", "canonical": "--help", "arity": "none", "json": False})
    return {"flags": flags, "positionals": positionals, "allowAbbrev": False}


def describe(parser):
    if not isinstance(parser, argparse.ArgumentParser):
        return describe_click(parser)
    flags, positionals = [], []
    for action in parser._actions:
        arity = arity_of(action.nargs)
        names = [name for name, owner in parser._option_string_actions.items() if owner is action]
        positive = [name for name in names if not is_negative(action, name)]
        json_value = reads_json(action.type)
        if positive:
            canonical = canonical_of(positive, arity, action, parser)
            flags += [{"name": name, "canonical": canonical, "arity": arity, "json": json_value} for name in positive]
        flags += [
            {"name": name, "canonical": name, "arity": arity, "json": False} for name in names if name not in positive
        ]
        if not action.option_strings:
            positionals.append({"name": action.dest, "arity": arity})
    return {"flags": flags, "positionals": positionals, "allowAbbrev": parser.allow_abbrev}


read_version = importlib.metadata.version


def version_of(name):
    """vLLM needs no accelerator to say what it takes if its version names the CPU."""
    if name == "vllm":
        return "0.0+cpu"
    try:
        return read_version(name)
    except importlib.metadata.PackageNotFoundError:
        return stand_ins.VERSION


def main():
    server, folder = sys.argv[1:]
    sys.argv = [server]
    sys.path.insert(0, folder)
    finder = stand_ins.install(ABSENT, REPLACED)
    importlib.metadata.version = version_of
    parsers = SERVERS[server](finder)
    print("\n" + json.dumps({name: describe(parser) for name, parser in parsers.items()}))


main()
