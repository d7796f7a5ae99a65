using System.Collections.Concurrent;
using System.Globalization;
using SecretsPortal.Tests.Shared;

namespace SecretsPortal.TerraformProvider.Tests.Terraform;

/// <summary>What becomes of providers while Terraform works.</summary>
internal static class ProviderSignals
{
    /// <summary>An apply, two things at a time, whose provider gets a signal as soon as a line that is said has all these words. It must fail; gives what it said.</summary>
    public static async Task<string> BreakApply(this TerraformWorkspace workspace, string signal, params string[] words)
    {
        var said = new ConcurrentQueue<string>();
        using var apply = workspace.Start(line => said.Enqueue(line ?? ""), "apply", "-auto-approve", "-parallelism=2");
        while (!apply.HasExited && !said.Any(line => words.All(word => line.Contains(word, StringComparison.Ordinal))))
            await Task.Delay(5, TestContext.Current.CancellationToken);
        // Again and again: .NET takes the first of some signals for its own.
        while (!apply.HasExited && ProvidersOf(apply.Id).ToList() is { Count: > 0 } providers)
            await ExternalCommand.Run("kill", [$"-{signal}", .. providers.Select(p => $"{p}")]);
        await apply.WaitForExitAsync(TestContext.Current.CancellationToken);
        var all = string.Join('\n', said);
        Assert.True(apply.ExitCode != 0, all);
        return all;
    }

    private static IEnumerable<int> ProvidersOf(int terraform) => Directory.EnumerateDirectories("/proc")
        .Select(d => int.TryParse(Path.GetFileName(d), CultureInfo.InvariantCulture, out var id) ? id : 0)
        .Where(id => id > 0 && ParentOf(id) == terraform);

    private static int ParentOf(int id)
    {
        try
        {
            // The name stands in parentheses and may hold anything; what follows is the state and the parent.
            return int.Parse(File.ReadAllText($"/proc/{id}/stat").Split(") ")[^1].Split(' ')[1], CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or IndexOutOfRangeException)
        {
            return 0;
        }
    }
}
