namespace SecretsPortal.Core.Secrets;

/// <summary>What GetRandomPassword is asked for.</summary>
public sealed record RandomPasswordOptions
{
    /// <summary>1–4096.</summary>
    public long Length { get; init; } = 32;

    /// <summary>Characters never to use, at most 4096.</summary>
    public string ExcludeCharacters { get; init; } = "";

    /// <summary>No digits.</summary>
    public bool ExcludeNumbers { get; init; }

    /// <summary>None of <c>!"#$%&amp;'()*+,-./:;&lt;=&gt;?@[\]^_`{|}~</c>.</summary>
    public bool ExcludePunctuation { get; init; }

    /// <summary>No A–Z.</summary>
    public bool ExcludeUppercase { get; init; }

    /// <summary>No a–z.</summary>
    public bool ExcludeLowercase { get; init; }

    /// <summary>The space may be used.</summary>
    public bool IncludeSpace { get; init; }

    /// <summary>At least one of each type that is not excluded; true by default.</summary>
    public bool RequireEachIncludedType { get; init; } = true;
}

/// <summary>Draws passwords uniformly, without modulo bias.</summary>
public static class RandomPassword
{
    /// <summary>A password; InvalidParameter where the options leave no characters or too little room.</summary>
    public static SecretText Generate(RandomPasswordOptions options, Crypto.FillRandom random) => throw new NotImplementedException();
}
