using SecretsPortal.Core.Secrets;

namespace SecretsPortal.Web.Api.Operations;

internal sealed record GetRandomPasswordInput
{
    public long? PasswordLength { get; init; }
    public string? ExcludeCharacters { get; init; }
    public bool? ExcludeNumbers { get; init; }
    public bool? ExcludePunctuation { get; init; }
    public bool? ExcludeUppercase { get; init; }
    public bool? ExcludeLowercase { get; init; }
    public bool? IncludeSpace { get; init; }
    public bool? RequireEachIncludedType { get; init; }
}

internal sealed record GetRandomPasswordOutput(SecretText RandomPassword);

/// <summary>Draws a password; nothing is stored.</summary>
internal static class GetRandomPassword
{
    public static readonly Operation Operation = Api.Operation.Of(
        nameof(GetRandomPassword), AwsJson.Wire.GetRandomPasswordInput, Decode, Call, AwsJson.Wire.GetRandomPasswordOutput);

    private static RandomPasswordOptions Decode(GetRandomPasswordInput input)
    {
        new Constraints()
            .Range("passwordLength", input.PasswordLength, 1, 4096)
            .Length("excludeCharacters", input.ExcludeCharacters, 0, 4096)
            .Done();
        var usual = new RandomPasswordOptions();
        return new RandomPasswordOptions
        {
            Length = input.PasswordLength ?? usual.Length,
            ExcludeCharacters = input.ExcludeCharacters ?? usual.ExcludeCharacters,
            ExcludeNumbers = input.ExcludeNumbers ?? usual.ExcludeNumbers,
            ExcludePunctuation = input.ExcludePunctuation ?? usual.ExcludePunctuation,
            ExcludeUppercase = input.ExcludeUppercase ?? usual.ExcludeUppercase,
            ExcludeLowercase = input.ExcludeLowercase ?? usual.ExcludeLowercase,
            IncludeSpace = input.IncludeSpace ?? usual.IncludeSpace,
            RequireEachIncludedType = input.RequireEachIncludedType ?? usual.RequireEachIncludedType,
        };
    }

    private static async Task<GetRandomPasswordOutput> Call(ApiCall api, RandomPasswordOptions options) =>
        new(await api.Reader.RandomPassword(api.Context, options, api.Cancel));
}
