using System.Globalization;
using SecretsPortal.TerraformProvider.Schemas;
using SecretsPortal.TerraformProvider.Values;

namespace SecretsPortal.TerraformProvider.Resources;

/// <summary>The block <c>timeouts</c>: how long an operation may wait and repeat.</summary>
internal static class Timeouts
{
    private const string Name = "timeouts";

    private static readonly string[] s_operations = ["create", "read", "update", "delete"];

    /// <summary>The block, for a resource that waits for something.</summary>
    public static readonly SchemaAttribute Block = new(Name, Presence.Optional,
        "How long each operation may repeat what failed for a passing reason, and `create` and `update` wait for a rotation that is under way: `30s`, `5m`, `1h`. " +
        "What is left out has no limit of its own; a rotation under way is waited for 30 seconds then.")
    {
        IsBlock = true,
        Local = true,
        Nested = [.. s_operations.Select(o => new SchemaAttribute(o, Presence.Optional, $"How long to {o} it.") { Type = TfType.Text, Validators = [Validators.Duration] })],
    };

    /// <summary>What ends waiting: Terraform's stop, or the operation's time.</summary>
    public static CancellationTokenSource Limit(TfObject? state, string operation, CancellationToken stop)
    {
        var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        if (Of(state, operation) is { } time)
            limit.CancelAfter(time);
        return limit;
    }

    /// <summary>The operation's time; null where none is declared.</summary>
    public static TimeSpan? Of(TfObject? state, string operation) => state?.Object(Name)?.Text(operation) is { } text ? Parse(text) : null;

    /// <summary>Reads <c>90s</c>, <c>5m</c> or <c>1h</c>, from a second to a day; null for anything else.</summary>
    public static TimeSpan? Parse(string text)
    {
        if (text.Length < 2 || !int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var n))
            return null;
        TimeSpan? time = text[^1] switch
        {
            's' => TimeSpan.FromSeconds(n),
            'm' => TimeSpan.FromMinutes(n),
            'h' when n <= 24 => TimeSpan.FromHours(n),
            _ => null,
        };
        return time is { } known && known >= TimeSpan.FromSeconds(1) && known <= TimeSpan.FromDays(1) ? time : null;
    }
}
