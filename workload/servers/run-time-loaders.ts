/** Servers that load at run time whatever they are asked for, or that take what they load from files: whatever they are told, the model is unknown. */
export const runTimeLoaders: Readonly<Record<string, string>> = {
  ollama: "Ollama loads at run time whatever model it is asked for",
  tritonserver: "Triton loads what its model repository holds",
  "local-ai": "LocalAI loads at run time whatever model it is asked for",
  lms: "LM Studio loads at run time whatever model it is asked for",
  xinference: "Xinference loads at run time whatever model it is asked for",
  "xinference-local": "Xinference loads at run time whatever model it is asked for",
  torchserve: "TorchServe loads what its model store holds",
  tensorflow_model_server: "TensorFlow Serving loads what its model path holds",
  ramalama: "RamaLama loads at run time whatever model it is asked for",
  fschat: "FastChat loads what its worker is told",
  bentoml: "BentoML loads what the service's code says",
  mlserver: "MLServer loads what its model settings say",
  serve: "Ray Serve loads what the application's code says",
};
