import * as ast from "typescript/unstable/ast";
import type { SyntaxTree } from "./syntax-trees.ts";

/** A function that has a name, and how long it is. */
export interface NamedFunction {
  readonly path: string;
  readonly name: string;
  /** The line of its first word, from 1. */
  readonly line: number;
  /** From its first word to its last brace, without the comment above. */
  readonly lines: number;
  /** Whether it is declared to return a boolean. */
  readonly isPredicate: boolean;
}

/**
 * Finds every function with a name: declared, a method, an accessor, or assigned to a constant or a property. What an
 * anonymous function has counts for the named one around it.
 */
export function findFunctions({ path, source }: SyntaxTree): NamedFunction[] {
  const found: NamedFunction[] = [];
  const visit = (node: ast.Node): void => {
    const name = nameFunction(node);
    if (name !== undefined) {
      const line = findLine(source, node.getStart(source));
      found.push({ path, name, line, lines: findLine(source, node.end) - line + 1, isPredicate: isPredicate(node) });
    }
    node.forEachChild(visit);
  };
  source.forEachChild(visit);
  return found;
}

function findLine(source: ast.SourceFile, position: number): number {
  return source.getLineAndCharacterOfPosition(position).line + 1;
}

function nameFunction(node: ast.Node): string | undefined {
  if (ast.isConstructorDeclaration(node)) return node.body && "constructor";
  if (
    ast.isFunctionDeclaration(node) ||
    ast.isMethodDeclaration(node) ||
    ast.isGetAccessorDeclaration(node) ||
    ast.isSetAccessorDeclaration(node)
  )
    return node.body && (node.name?.getText() ?? "default");
  if (ast.isVariableDeclaration(node) || ast.isPropertyAssignment(node) || ast.isPropertyDeclaration(node))
    return isFunction(node.initializer) ? node.name.getText() : undefined;
  return undefined;
}

function isPredicate(node: ast.Node): boolean {
  const { initializer = node } = node as { readonly initializer?: ast.Node };
  const { type } = initializer as { readonly type?: ast.Node };
  return type !== undefined && (type.kind === ast.SyntaxKind.BooleanKeyword || ast.isTypePredicateNode(type));
}

/** Whether an expression is a function as it stands. */
export function isFunction(node: ast.Node | undefined): boolean {
  return node !== undefined && (ast.isArrowFunction(node) || ast.isFunctionExpression(node));
}
