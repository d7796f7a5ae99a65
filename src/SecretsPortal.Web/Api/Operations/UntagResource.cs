namespace SecretsPortal.Web.Api.Operations;

internal sealed record UntagResourceInput(string? SecretId, IReadOnlyList<string?>? TagKeys);

/// <summary>Removes tags by their keys. Answers with an empty body.</summary>
internal static class UntagResource
{
    public static readonly Operation Operation = Api.Operation.Of(
        nameof(UntagResource), AwsJson.Wire.UntagResourceInput, Decode, Call);

    private static UntagResourceInput Decode(UntagResourceInput input)
    {
        var constraints = new Constraints();
        constraints
            .SecretId(input.SecretId)
            .Required("tagKeys", input.TagKeys)
            .List("tagKeys", input.TagKeys, 0, int.MaxValue, (member, key) => constraints.Length(member, key, 1, 128))
            .Done();
        return input;
    }

    private static Task Call(ApiCall api, UntagResourceInput input) =>
        api.Tagger.Untag(api.Context, input.SecretId!, [.. input.TagKeys!.Select(key => key!)], api.Cancel);
}
