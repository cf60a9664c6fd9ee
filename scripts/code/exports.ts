import * as ast from "typescript/unstable/ast";
import { isFunction } from "./functions.ts";
import type { SyntaxTree } from "./syntax-trees.ts";

/** Something that other files may import by its name. */
export interface ExportedName {
  readonly path: string;
  readonly name: string;
  readonly kind: "function" | "type" | "constant";
  /** Whether a comment that starts with two stars stands right above. */
  readonly documented: boolean;
}

/** Finds what a file exports by name, where it is declared. What a file only passes on does not count. */
export function findExports({ path, source }: SyntaxTree): ExportedName[] {
  const later = new Set(source.statements.flatMap(listExportedLater));
  return source.statements.flatMap((statement) => {
    const documented = (statement.jsDoc?.length ?? 0) > 0;
    return listDeclared(statement)
      .filter(({ name }) => isExported(statement) || later.has(name))
      .map((declared) => ({ path, ...declared, documented }));
  });
}

function isExported(statement: ast.Statement): boolean {
  const { modifiers } = statement as { readonly modifiers?: ast.NodeArray<ast.Node> };
  return modifiers?.some(({ kind }) => kind === ast.SyntaxKind.ExportKeyword) ?? false;
}

/** Names in `export { … }` without a `from`. */
function listExportedLater(statement: ast.Statement): string[] {
  if (!ast.isExportDeclaration(statement) || statement.moduleSpecifier !== undefined) return [];
  const { exportClause } = statement;
  if (exportClause === undefined || !ast.isNamedExports(exportClause)) return [];
  return exportClause.elements.map(({ name, propertyName }) => (propertyName ?? name).getText());
}

type Declared = Pick<ExportedName, "name" | "kind">;

function listDeclared(statement: ast.Statement): Declared[] {
  if (ast.isFunctionDeclaration(statement)) return [{ name: statement.name?.text ?? "default", kind: "function" }];
  if (ast.isInterfaceDeclaration(statement) || ast.isTypeAliasDeclaration(statement))
    return [{ name: statement.name.text, kind: "type" }];
  if (ast.isClassDeclaration(statement)) return [{ name: statement.name?.text ?? "default", kind: "type" }];
  if (!ast.isVariableStatement(statement)) return [];
  return statement.declarationList.declarations.map(({ name, initializer }) => ({
    name: name.getText(),
    kind: isFunction(initializer) ? "function" : "constant",
  }));
}
