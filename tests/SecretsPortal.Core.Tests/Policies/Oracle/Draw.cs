namespace SecretsPortal.Core.Tests.Policies.Oracle;

/// <summary>Numbers that look drawn and are the same for the same seed, on every machine (SplitMix64).</summary>
/// <param name="seed">Any number.</param>
internal sealed class Draw(ulong seed)
{
    private ulong _state = seed;

    /// <summary>A number from 0, below <paramref name="limit"/>.</summary>
    public int Below(int limit)
    {
        var mixed = _state += 0x9E3779B97F4A7C15;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return (int)((mixed ^ (mixed >> 31)) % (ulong)limit);
    }

    /// <summary>True in so many of a hundred.</summary>
    public bool Percent(int percent) => Below(100) < percent;

    /// <summary>One of these.</summary>
    public T One<T>(params ReadOnlySpan<T> these) => these[Below(these.Length)];

    /// <summary>From <paramref name="least"/> to <paramref name="most"/> of what is drawn.</summary>
    public List<T> Some<T>(int least, int most, Func<T> one)
    {
        var some = new List<T>();
        for (var count = least + Below(most - least + 1); count > 0; count--)
            some.Add(one());
        return some;
    }
}
