namespace SecretsPortal.Web.Api.Operations;

internal sealed record TagResourceInput(string? SecretId, IReadOnlyList<WireTag?>? Tags);

/// <summary>Adds tags, or gives those that are there new values. Answers with an empty body.</summary>
internal static class TagResource
{
    public static readonly Operation Operation = Api.Operation.Of(
        nameof(TagResource), AwsJson.Wire.TagResourceInput, Decode, Call);

    private static TagResourceInput Decode(TagResourceInput input)
    {
        new Constraints().SecretId(input.SecretId).Required("tags", input.Tags).Tags(input.Tags).Done();
        return input;
    }

    private static Task Call(ApiCall api, TagResourceInput input) =>
        api.Tagger.Tag(api.Context, input.SecretId!, WireTag.ToTags(input.Tags)!, api.Cancel);
}
