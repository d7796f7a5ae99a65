namespace SecretsPortal.Services.Demo;

/// <summary>Picks what nobody needs to be surprised by, in the same way each time: times of a day and who reads what. Never a secret.</summary>
internal sealed class DemoDice
{
    private ulong _state = 20_260_301;

    /// <summary>From 0 to one below <paramref name="bound"/> (a linear congruential generator of Knuth's).</summary>
    public int Next(int bound)
    {
        _state = unchecked((_state * 6_364_136_223_846_793_005) + 1_442_695_040_888_963_407);
        return (int)((_state >> 33) % (ulong)bound);
    }

    /// <summary>True in so many cases of a hundred.</summary>
    public bool Percent(int chance) => Next(100) < chance;

    /// <summary>One of them.</summary>
    public T Of<T>(IReadOnlyList<T> all) => all[Next(all.Count)];
}
