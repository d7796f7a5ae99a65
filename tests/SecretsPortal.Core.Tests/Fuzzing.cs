using System.Globalization;

namespace SecretsPortal.Core.Tests;

/// <summary>How long the fuzzers run.</summary>
internal static class Fuzzing
{
    /// <summary>What the environment variable CsCheck_Iter says; without it the short run that belongs to the tests.</summary>
    public static long Iterations(int shortRun) =>
        long.TryParse(Environment.GetEnvironmentVariable("CsCheck_Iter"), NumberStyles.None, CultureInfo.InvariantCulture, out var told) ? told : shortRun;
}
