// Renders chat templates: programs that came with a model. It holds nothing else, so that one that hangs can be ended alone.
import { Template } from "@huggingface/jinja";
import type { TemplateAnswer, TemplateQuestion } from "./template-renderer.ts";

self.onmessage = ({ data }: MessageEvent<TemplateQuestion>) => {
  const { id, template, chats, addGenerationPrompt, specials } = data;
  const post = (answer: TemplateAnswer) => self.postMessage(answer);
  try {
    const compiled = new Template(template);
    const texts = chats.map((messages) =>
      compiled.render({ ...specials, messages, add_generation_prompt: addGenerationPrompt }),
    );
    post({ id, texts });
  } catch (error) {
    post({ id, message: error instanceof Error ? error.message : String(error) });
  }
};
