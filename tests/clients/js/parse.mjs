// What the official parser of AsyncAPI finds wrong with a document: a line each, none where all is well.
import { Parser, fromFile } from "@asyncapi/parser";

const { document, diagnostics } = await fromFile(new Parser(), process.argv[2]).parse();
for (const found of diagnostics.filter(({ severity }) => severity < 2)) console.log(found.path.join("/"), found.message);
if (!document) console.log("no document");
