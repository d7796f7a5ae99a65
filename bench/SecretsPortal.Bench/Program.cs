using SecretsPortal.Bench;

// "step NAME PORT" is how the benchmark starts its own servers; everything else are the benchmark's options.
if (args is ["step", var step, var port])
    return await StepServer.Run(step, int.Parse(port, System.Globalization.CultureInfo.InvariantCulture));
if (BenchOptions.Parse(args) is not { } options)
    return 64;
await Benchmark.Run(options);
return 0;
