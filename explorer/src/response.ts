// What stands in the response, as JSON; changes with the tab and with each answer.

import { useGraphiQL } from "@graphiql/react";
import { useEffect, useState } from "react";
import type { Json } from "./api";

export function useResponse(): Json {
  const editor = useGraphiQL((state) => state.responseEditor);
  const [response, setResponse] = useState<Json>(null);
  useEffect(() => {
    if (!editor) return;
    const read = () => setResponse(parsed(editor.getValue()));
    read();
    const listening = editor.onDidChangeModelContent(read);
    return () => listening.dispose();
  }, [editor]);
  return response;
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return null;
  }
}
