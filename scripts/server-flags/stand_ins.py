"""Stands in for modules that are not installed, so that a server's own argument parser can be built without its libraries.

Any attribute of a stand-in is a class that can be called, subclassed, used as a decorator, as a type or as a number.
"""

import importlib.abc
import importlib.machinery
import sys
import types
import typing

VERSION = "99.0.0"


def is_stand_in(value):
    return isinstance(value, type) and "__is_stand_in__" in value.__dict__


class Meta(type(typing.Protocol)):
    def __getattr__(cls, name):
        if (name.startswith("__") and name.endswith("__")) or name in {"_abc_impl", "_is_protocol", "_is_runtime_protocol"}:
            raise AttributeError(name)
        made = stand_in(name)
        type.__setattr__(cls, name, made)
        return made

    def __call__(cls, *args, **kwargs):
        if "__is_stand_in__" not in cls.__dict__:
            return super().__call__(*args, **kwargs)
        if len(args) == 1 and not kwargs and isinstance(args[0], (types.FunctionType, type, classmethod, staticmethod)):
            return args[0]
        return stand_in(cls.__name__)

    def register(cls, *args, **kwargs):
        return cls.__call__(*args, **kwargs)

    def __getitem__(cls, _):
        return cls

    def __iter__(cls):
        return iter(())

    def __len__(cls):
        return 0

    def __contains__(cls, _):
        return False

    def __enter__(cls):
        return cls

    def __exit__(cls, *_):
        return False

    def __lt__(cls, _):
        return False

    def __le__(cls, _):
        return True

    def __gt__(cls, _):
        return False

    def __ge__(cls, _):
        return True

    def __int__(cls):
        return 0

    def __index__(cls):
        return 0

    def __float__(cls):
        return 0.0

    def __bool__(cls):
        return False

    def __eq__(cls, other):
        return cls is other or (is_stand_in(cls) and is_stand_in(other))

    def __hash__(cls):
        return id(cls)

    def __instancecheck__(cls, value):
        return False if "__is_stand_in__" in cls.__dict__ else super().__instancecheck__(value)

    def __subclasscheck__(cls, value):
        return value is cls if "__is_stand_in__" in cls.__dict__ else super().__subclasscheck__(value)


def _arithmetic(cls, *_):
    return cls


for name in "add radd sub rsub mul rmul truediv rtruediv floordiv rfloordiv mod rmod pow neg lshift rshift and matmul invert".split():
    setattr(Meta, f"__{name}__", _arithmetic)


def _schema(cls, source, handler):
    from pydantic_core import core_schema

    return core_schema.any_schema()


def stand_in(name):
    return Meta(name, (), {"__is_stand_in__": True, "__module__": "stand_ins", "__init_subclass__": classmethod(lambda cls, **_: None), "__get_pydantic_core_schema__": classmethod(_schema)})


# A module that has one of these is taken to run on such a device.
DEVICES = {"npu", "musa", "hpu", "mlu"}


class Module(types.ModuleType):
    __version__ = VERSION
    __path__ = []

    def __getattr__(self, name):
        if (name.startswith("__") and name.endswith("__")) or name in DEVICES:
            raise AttributeError(name)
        made = stand_in(name)
        setattr(self, name, made)
        return made


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Last on the path: asked only for what nobody else finds."""

    def __init__(self, absent):
        self.absent = absent
        self.made = set()

    def find_spec(self, fullname, path=None, target=None):
        if any(fullname == name or fullname.startswith(name + ".") for name in self.absent):
            return None
        top, *rest = fullname.split(".")
        if top in sys.stdlib_module_names:
            return None
        # Of a package that is there, only compiled modules (by custom `_C` and its like) are stood in for.
        if rest and top not in self.made and not rest[-1].startswith("_"):
            return None
        self.made.add(fullname)
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec):
        return Module(spec.name)

    def exec_module(self, module):
        pass


class First(importlib.abc.MetaPathFinder):
    """First on the path: these modules are stood in for although the package has them."""

    def __init__(self, finder, replaced):
        self.finder = finder
        self.replaced = replaced

    def find_spec(self, fullname, path=None, target=None):
        if any(fullname == name or fullname.startswith(name + ".") for name in self.replaced):
            return importlib.machinery.ModuleSpec(fullname, self.finder, is_package=True)
        return None


def install(absent=(), replaced=()):
    finder = Finder(tuple(absent))
    sys.meta_path.insert(0, First(finder, tuple(replaced)))
    sys.meta_path.append(finder)
    return finder
