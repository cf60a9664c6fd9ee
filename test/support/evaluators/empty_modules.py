"""Stands in for packages that lighteval imports to run models, and that a run of its dummy model never calls."""

import importlib.abc
import importlib.machinery
import sys
import types

packages = {"torch", "accelerate", "transformers", "inspect_ai", "openai", "sklearn", "scipy"}


class Anything:
    """Can be made, called as a decorator, inherited from and indexed, and does nothing."""

    def __init__(self, *args, **named):
        pass

    def __init_subclass__(cls, **named):
        pass

    def __class_getitem__(cls, item):
        return cls

    def __call__(self, *args, **named):
        return self


class Module(types.ModuleType):
    __path__ = []
    __version__ = "2.9.0"

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (Anything,), {})


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in packages:
            return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def create_module(self, spec):
        return Module(spec.name)

    def exec_module(self, module):
        pass


sys.meta_path.insert(0, Finder())
