using System.Text.Json;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Rotation;

namespace SecretsPortal.Services.Demo;

/// <summary>How a host of the demonstration behaves.</summary>
internal enum DemoMood
{
    /// <summary>It takes every credential, and every change of one.</summary>
    Good,

    /// <summary>It lets the user in and does not let it change its password.</summary>
    Forbids,

    /// <summary>It refuses the value that AWSCURRENT has, as after a change by somebody else.</summary>
    Refuses,

    /// <summary>It does not answer.</summary>
    Silent,
}

/// <summary>The hosts of the demonstration: none of them is there. Each behaves well but for the time in which it was told not to.</summary>
internal sealed class DemoTargets(DemoClock clock)
{
    private static readonly TimeSpan s_liveStep = TimeSpan.FromSeconds(1.5);

    private readonly List<(string Host, DemoMood Mood, DateTimeOffset From, DateTimeOffset Until)> _moods = [];

    /// <summary>Lets a host behave otherwise for a while.</summary>
    public void Set(string host, DemoMood mood, DateTimeOffset from, DateTimeOffset until) => _moods.Add((host, mood, from, until));

    /// <summary>Where a value leads.</summary>
    public static string HostOf(SecretValue value)
    {
        using var json = JsonDocument.Parse(value.Bytes.ToArray());
        return json.RootElement.TryGetProperty("host", out var host) ? host.GetString() ?? "" : "";
    }

    /// <summary>What the host does now.</summary>
    public DemoMood MoodOf(string host)
    {
        var now = clock.GetUtcNow();
        return _moods.FirstOrDefault(m => m.Host == host && m.From <= now && now < m.Until).Mood;
    }

    /// <summary>A call to a host: it takes its time, and fails where the host does not answer.</summary>
    public async Task<DemoMood> Call(string host, CancellationToken cancel)
    {
        if (clock.IsFilling)
            clock.Pass(TimeSpan.FromMilliseconds(180 + (host.Length * 23)));
        else
            await Task.Delay(s_liveStep, cancel);
        return MoodOf(host) is var mood && mood != DemoMood.Silent
            ? mood
            : throw new RotationException($"{host} does not answer: the connection timed out after 15 seconds. Look whether the server runs and the network lets the portal through.");
    }
}
