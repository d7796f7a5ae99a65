namespace SecretsPortal.Core.Rotation;

/// <summary>The built-in rotators as Terraform says them: a strategy and a database's engine in place of the name of one of AWS's templates.</summary>
public static class RotationStrategies
{
    /// <summary>A new value and no target; goes without an engine.</summary>
    public const string Generate = "generate";

    /// <summary>The user changes its own password.</summary>
    public const string SingleUser = "single-user";

    /// <summary>Two users take turns, and a master changes them.</summary>
    public const string AlternatingUsers = "alternating-users";

    private const string GenerateFunction = "SecretsPortalGenerate";

    private static readonly SortedDictionary<string, string> s_engines = new(StringComparer.Ordinal)
    {
        ["mariadb"] = "SecretsManagerRDSMariaDBRotation",
        ["mongo"] = "SecretsManagerMongoDBRotation",
        ["mysql"] = "SecretsManagerRDSMySQLRotation",
        ["postgres"] = "SecretsManagerRDSPostgreSQLRotation",
        ["redshift"] = "SecretsManagerRedshiftRotation",
        ["sqlserver"] = "SecretsManagerRDSSQLServerRotation",
    };

    /// <summary>The engines, in the order of their names.</summary>
    public static IReadOnlyCollection<string> Engines => s_engines.Keys;

    /// <summary>The function of a strategy; null where the two are none.</summary>
    public static string? FunctionOf(string? strategy, string? engine) => (strategy, s_engines.GetValueOrDefault(engine ?? "")) switch
    {
        (Generate, _) => GenerateFunction,
        (SingleUser, { } database) => database + "SingleUser",
        (AlternatingUsers, { } database) => database + "MultiUser",
        _ => null,
    };

    /// <summary>The strategy and engine that a function's name or ARN stands for; nulls for another function, and for none.</summary>
    public static (string? Strategy, string? Engine) Of(string? function) => function is null ? default : Engines
        .SelectMany(engine => new (string?, string?)[] { (SingleUser, engine), (AlternatingUsers, engine) }).Append((Generate, null))
        .FirstOrDefault(s => FunctionOf(s.Item1, s.Item2) == function.Split(':')[^1]);
}
