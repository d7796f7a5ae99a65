using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using SecretsPortal.Web.Tests.Api.Model;

namespace SecretsPortal.Web.Tests.Api.BadInput;

/// <summary>One request and what it must be answered with.</summary>
/// <param name="Operation">The operation.</param>
/// <param name="What">The member and what is wrong with it.</param>
/// <param name="Body">The request's body.</param>
/// <param name="Error">The error's type; null where the case is legitimate and only must not be refused at the door.</param>
/// <param name="Member">What the message must name as the service does; null where it need not.</param>
public sealed record BadCase(string Operation, string What, byte[] Body, string? Error, string? Member = null)
{
    public override string ToString() => $"{Operation}: {What}";
}

/// <summary>Every way in which each member of a request can be bad, made from the service's model.</summary>
public static class BadCases
{
    /// <summary>Stands in every text that is sent, so that its way into a log or an answer shows.</summary>
    public const string Marker = "hunter2marker";

    public const string Serialization = "SerializationException";
    public const string Validation = "ValidationException";

    private static readonly Lazy<string> s_millionProperties = new(() => string.Join(',', Enumerable.Range(0, 1_000_000).Select(i => $"\"{i:x}\":1")));

    // Stands for the member under test in a body that is otherwise JSON.
    private const string Hole = "\"@@hole@@\"";

    private static readonly (string What, string Json)[] s_types =
    [
        ("a number", "7"), ("true", "true"), ("a string", $"\"{Marker}\""), ("a list", "[]"), ("a list of numbers", "[1]"), ("an object", $"{{\"{Marker}\":\"{Marker}\"}}"),
    ];

    // Members that exclude each other, which the model does not say.
    private static readonly (string Operation, string Members)[] s_exclusive =
    [
        ("CreateSecret", $"\"SecretString\":\"{Marker}\",\"SecretBinary\":\"YQ==\""),
        ("PutSecretValue", "\"SecretBinary\":\"YQ==\""), // Its body has a SecretString already.
        ("UpdateSecret", $"\"SecretString\":\"{Marker}\",\"SecretBinary\":\"YQ==\""),
        ("DeleteSecret", "\"RecoveryWindowInDays\":7,\"ForceDeleteWithoutRecovery\":true"),
        ("RotateSecret", "\"RotationRules\":{\"AutomaticallyAfterDays\":7,\"ScheduleExpression\":\"rate(7 days)\"}"),
        ("BatchGetSecretValue", "\"SecretIdList\":[\"a\"],\"Filters\":[{\"Key\":\"name\",\"Values\":[\"a\"]}]"),
        ("BatchGetSecretValue", "\"SecretIdList\":[\"a\"],\"MaxResults\":5"),
    ];

    /// <summary>The cases of an operation.</summary>
    /// <param name="operation">Of the model.</param>
    /// <param name="secretId">A secret that is there.</param>
    public static IEnumerable<BadCase> Of(ModelOperation operation, string secretId) =>
        Bodies(operation, secretId).Concat(operation.Request
            .SelectMany(member => Cases(new Place(operation, secretId, member.Name, Camel(member.Name), member.Type, member.IsRequired, json => Body(operation, secretId, member.Name, json)))));

    /// <summary>A text of a type that breaks none of its limits.</summary>
    public static JsonNode? Sample(ModelType type, string secretId) => type.Kind switch
    {
        ModelKind.Structure => new JsonObject(type.Members.Select(m => KeyValuePair.Create(m.Name, Sample(m.Type, secretId)))),
        ModelKind.List => new JsonArray(Sample(type.Element!, secretId)),
        ModelKind.Boolean => false,
        ModelKind.Integer => type.Name == "RecoveryWindowInDays" ? 7 : type.Min ?? 1,
        ModelKind.Blob => Convert.ToBase64String(Encoding.UTF8.GetBytes(Marker)),
        _ => type.Words?[0] ?? type.Name switch
        {
            "SecretId" => secretId,
            "Region" => "eu-west-1",
            "Duration" => "3h",
            "ScheduleExpression" => "rate(10 days)",
            "NonEmptyResourcePolicy" => """{"Version":"2012-10-17","Statement":[]}""",
            "KmsKeyId" => "alias/aws/secretsmanager",
            _ => Marker.PadRight((int)Math.Max(type.Min ?? 0, Marker.Length), 'x'),
        },
    };

    private static IEnumerable<BadCase> Bodies(ModelOperation operation, string secretId)
    {
        var good = Body(operation, secretId, null, "");
        (string What, string Body)[] bodies =
        [
            ("an empty body", ""), ("null", "null"), ("a list", "[]"), ("a number", "7"), ("a string", $"\"{Marker}\""), ("an open brace", "{"),
            ("cut in the middle", good[..(good.Length / 2)]), ("two objects", good + good), ("a comma too many", good[..^1] + ",}"), ("single quotes", good.Replace('"', '\'')),
            ("a comment", good + "/**/"), ("a byte order mark in the middle", good[..^1] + "\ufeff}"),
            ("10,000 levels in an unknown member", With(good, $"\"Unknown\":{new string('[', 10_000)}{new string(']', 10_000)}")),
            ("10,000 levels of objects", With(good, $"\"Unknown\":{string.Concat(Enumerable.Repeat("{\"a\":", 10_000))}1{new string('}', 10_000)}")),
            ("1 MiB", With(good, $"\"Unknown\":\"{new string('a', 1024 * 1024)}\"")),
            ("a million properties", With(good, s_millionProperties.Value)),
            ("an unknown member twice", With(good, $"\"Unknown\":1,\"Unknown\":\"{Marker}\"")),
            ("another encoding", "\u0001\u0002"),
        ];
        foreach (var (what, body) in bodies)
        {
            // What is not valid at all, whatever the operation asks for.
            if (!(what is "single quotes" or "cut in the middle" or "a comma too many" && good == "{}"))
                yield return new BadCase(operation.Name, what, Encoding.UTF8.GetBytes(body), Serialization);
        }

        foreach (var (_, members) in s_exclusive.Where(pair => pair.Operation == operation.Name))
            yield return new BadCase(operation.Name, $"an exclusive pair, {members}", Encoding.UTF8.GetBytes(With(good, members)), "InvalidParameterException");
        yield return new BadCase(operation.Name, "UTF-16", Encoding.Unicode.GetBytes(good), Serialization);
        // A body of 40,000 properties is within the door's limit, and unknown members are ignored: the missing ones are named.
        if (operation.Request.Any(m => m.IsRequired))
            yield return new BadCase(operation.Name, "40,000 unknown properties and nothing else",
                Encoding.UTF8.GetBytes($"{{{string.Join(',', Enumerable.Range(0, 40_000).Select(i => $"\"{i:x}\":1"))}}}"), Validation, "");
    }

    private static IEnumerable<BadCase> Cases(Place place)
    {
        var sample = Sample(place.Type, place.SecretId)!.ToJsonString();
        if (place.IsRequired)
        {
            yield return place.Bad("null", "null", Validation);
            if (place.IsTopLevel)
                yield return new BadCase(place.Operation.Name, $"{place.Path} missing", Encoding.UTF8.GetBytes(Without(place)), Validation, place.Wire);
        }
        else if (place.IsTopLevel)
        {
            // An optional member that is null counts as absent. Against a secret that is not there, so that nothing happens.
            yield return new BadCase(place.Operation.Name, $"{place.Path} null", Encoding.UTF8.GetBytes(
                Body(place.Operation, $"nobody/{place.Path}", place.Path, "null")), null);
        }

        foreach (var (what, json) in s_types.Where(t => !IsOfType(place.Type, t.Json)))
            yield return place.Bad(what, json, Serialization, named: false);
        if (place.IsTopLevel)
            yield return place.Raw("twice", place.Body($"{sample},\"{place.Path}\":{sample}"), Serialization);
        yield return place.Bad("10,000 levels", $"{new string('[', 10_000)}{new string(']', 10_000)}", Serialization, named: false);
        var own = place.Type.Kind switch
        {
            ModelKind.String => Strings(place),
            ModelKind.Blob => Blobs(place),
            ModelKind.Integer => Integers(place),
            ModelKind.List => Lists(place),
            ModelKind.Structure => place.Type.Members.SelectMany(m => Cases(place.Into(m))),
            _ => [],
        };
        foreach (var bad in own)
            yield return bad;
    }

    private static IEnumerable<BadCase> Strings(Place place)
    {
        var type = place.Type;
        yield return place.Bad("a lone surrogate", $"\"{Marker}\\ud800\"", Serialization, named: false);
        yield return place.Bad("a lone low surrogate", $"\"\\udc00{Marker}\"", Serialization, named: false);
        yield return place.Bad("a bad escape", "\"\\x\"", Serialization, named: false);
        yield return place.Bad("a raw line feed", "\"a\nb\"", Serialization, named: false);
        yield return place.Bad("1 MiB", $"\"{new string('a', 1024 * 1024)}\"", Serialization, named: false);
        foreach (var (what, bytes) in new (string, byte[])[] { ("invalid UTF-8", [0xC3, 0x28]), ("an overlong NUL", [0xC0, 0x80]), ("a surrogate in UTF-8", [0xED, 0xA0, 0x80]), ("a cut sequence", [0xE2, 0x82]) })
            yield return place.Bytes(what, bytes);
        if (type.Min >= 1 && type.Words is null)
            yield return place.Bad("empty", "\"\"", Validation);
        if (type.Min > 1)
            yield return place.Bad("too short", $"\"{new string('1', (int)type.Min - 1)}\"", Validation);
        if (type.Max is { } max)
            yield return place.Bad("too long", $"\"{new string('1', (int)max + 1)}\"", Validation);
        if (type.Words is not null)
        {
            yield return place.Bad("no word of the model", $"\"{Marker}\"", Validation);
            yield return place.Bad("another case", $"\"{type.Words[0].ToUpperInvariant()}\"", Validation);
            yield return place.Bad("an empty word", "\"\"", Validation);
        }

        if (type.Pattern is not null)
            foreach (var (what, text) in new[] { ("pattern broken", "\u00e4"), ("NUL", "\\u0000"), ("a line feed at the end", "1\\n"), ("a tab", "1\\t1") })
                yield return place.Bad(what, $"\"{text.PadRight((int)(type.Min ?? 0), '1')}\"", Validation);
        else if (type.Words is null && place.Wire is "secretId" or "name" or "clientRequestToken" && place.IsTopLevel)
            yield return place.Bad("NUL", $"\"{"\\u0000".PadRight((int)(type.Min ?? 0) + 6, '1')}\"", Validation, named: false);
    }

    private static IEnumerable<BadCase> Blobs(Place place)
    {
        yield return place.Bad("no base64", $"\"{Marker}!\"", Serialization, named: false);
        yield return place.Bad("base64 cut short", "\"YQ=\"", Serialization, named: false);
        yield return place.Bad("base64 of URLs", "\"_-__\"", Serialization, named: false);
        yield return place.Bad("empty", "\"\"", Validation);
        yield return place.Bad("too long", $"\"{Convert.ToBase64String(new byte[place.Type.Max!.Value + 1])}\"", Validation);
    }

    private static IEnumerable<BadCase> Integers(Place place)
    {
        foreach (var number in new[] { "1.5", "1e400", "-1e400", "9223372036854775808", "-9223372036854775809", "1e-400", "0x10", "01", "+1", "NaN", ".5", "\"7\"", new string('9', 10_000) })
            yield return place.Bad(number.Length > 30 ? "10,000 digits" : number, number, Serialization, named: false);
        var range = place.Type.Min is null ? "InvalidParameterException" : Validation;
        foreach (var number in new[] { 0, -1, (place.Type.Max ?? 30) + 1, int.MaxValue, int.MaxValue + 1L, long.MaxValue, long.MinValue })
            yield return place.Bad($"{number}", $"{number}", range, named: place.Type.Min is not null);
    }

    private static IEnumerable<BadCase> Lists(Place place)
    {
        var element = Sample(place.Type.Element!, place.SecretId)!.ToJsonString();
        yield return place.Bad("a null among the elements", $"[{element},null]", Validation, wire: $"{place.Wire}.2.member");
        if (place.Type.Min >= 1)
            yield return place.Bad("empty", "[]", Validation);
        if (place.Type.Max is { } max)
            yield return place.Bad("too many", $"[{string.Join(',', Enumerable.Repeat(element, (int)max + 1))}]", Validation);
        foreach (var bad in Cases(place.IntoElement()))
            yield return bad;
    }

    private static bool IsOfType(ModelType type, string json) => type.Kind switch
    {
        ModelKind.String => json[0] == '"',
        ModelKind.Blob => false, // The text of the table is not base64.
        ModelKind.Integer => json[0] == '7',
        ModelKind.Boolean => json == "true",
        ModelKind.List => json == "[]" || (json[0] == '[' && type.Element!.Kind == ModelKind.Integer),
        ModelKind.Structure => json[0] == '{',
        _ => throw new InvalidOperationException($"No request has a {type.Kind}."),
    };

    /// <summary>A body that has what the operation asks for, and one member as it is given.</summary>
    private static string Body(ModelOperation operation, string secretId, string? member, string json)
    {
        var body = new JsonObject();
        foreach (var needed in operation.Request.Where(m => m.Name != member && (m.IsRequired || m.Name == "ClientRequestToken")))
            body[needed.Name] = Sample(needed.Type, secretId);
        if (operation.Name == "PutSecretValue" && member is not ("SecretString" or "SecretBinary"))
            body["SecretString"] = Marker;
        if (member is not null)
            body[member] = "@@hole@@";
        return body.ToJsonString().Replace(Hole, json, StringComparison.Ordinal);
    }

    private static string Without(Place place)
    {
        var body = JsonNode.Parse(place.Body("1"))!.AsObject();
        body.Remove(place.Path);
        return body.ToJsonString();
    }

    private static string With(string body, string members) => body == "{}" ? $"{{{members}}}" : $"{body[..^1]},{members}}}";

    private static string Camel(string name) => JsonNamingPolicy.CamelCase.ConvertName(name);

    /// <summary>A member of a request, however deep it lies.</summary>
    /// <param name="Operation">The operation.</param>
    /// <param name="SecretId">A secret that is there.</param>
    /// <param name="Path">Its names from the top.</param>
    /// <param name="Wire">As the service names it in its messages.</param>
    /// <param name="Type">Its type.</param>
    /// <param name="IsRequired">Whether it must be there.</param>
    /// <param name="Body">A body with the member as given.</param>
    private sealed record Place(
        ModelOperation Operation, string SecretId, string Path, string Wire, ModelType Type, bool IsRequired, Func<string, string> Body)
    {
        public bool IsTopLevel => !Path.Contains('.', StringComparison.Ordinal);

        public BadCase Bad(string what, string json, string error, bool named = true, string? wire = null) =>
            new(Operation.Name, $"{Path} {what}", Encoding.UTF8.GetBytes(Body(json)), error, named ? wire ?? Wire : null);

        public BadCase Raw(string what, string body, string error) => new(Operation.Name, $"{Path} {what}", Encoding.UTF8.GetBytes(body), error);

        public BadCase Bytes(string what, byte[] bytes)
        {
            var halves = Body("\"@@bytes@@\"").Split("@@bytes@@");
            return new(Operation.Name, $"{Path} {what}", [.. Encoding.UTF8.GetBytes(halves[0]), .. bytes, .. Encoding.UTF8.GetBytes(halves[1])], Serialization);
        }

        public Place Into(ModelMember member) => this with
        {
            Path = $"{Path}.{member.Name}", Wire = $"{Wire}.{Camel(member.Name)}", Type = member.Type, IsRequired = member.IsRequired,
            Body = json =>
            {
                var structure = Sample(Type, SecretId)!.AsObject();
                structure[member.Name] = "@@inner@@";
                return Body(structure.ToJsonString().Replace("\"@@inner@@\"", json, StringComparison.Ordinal));
            },
        };

        public Place IntoElement() => this with
        {
            Path = $"{Path}.1", Wire = $"{Wire}.1.member", Type = Type.Element!, IsRequired = true, Body = json => Body($"[{json}]"),
        };
    }
}
