using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;

namespace SecretsPortal.Core.SigV4;

/// <summary>What a request says of its signature, checked for form, scope and age but not yet for truth.</summary>
public sealed record SigV4Claim
{
    /// <summary>Which access key it claims to be signed with: 1–128 printable ASCII characters.</summary>
    public required string AccessKeyId { get; init; }

    /// <summary>The scope's day, <c>yyyyMMdd</c>.</summary>
    public required string Date { get; init; }

    /// <summary>The scope's region: 1–64 lower-case letters, digits and hyphens.</summary>
    public required string Region { get; init; }

    /// <summary>The scope's service.</summary>
    public required string Service { get; init; }

    /// <summary>The request's time, <c>yyyyMMdd'T'HHmmss'Z'</c>.</summary>
    public required string Timestamp { get; init; }

    /// <summary>The signed headers' names, lower case, in order.</summary>
    public required IReadOnlyList<string> SignedHeaders { get; init; }

    /// <summary>64 lower-case hexadecimal digits.</summary>
    public required string Signature { get; init; }

    /// <summary>X-Amz-Security-Token; null where there is none.</summary>
    public string? SessionToken { get; init; }

    /// <summary>Key id, scope and time: a session token is a credential.</summary>
    public override string ToString() => $"{nameof(SigV4Claim)} {{ {AccessKeyId}, {Date}/{Region}/{Service}, {Timestamp} }}";
}

/// <summary>
/// Verifies AWS Signature Version 4 in its header form. Everything that is wrong with a well-formed signature is InvalidSignature: that
/// is the error type JSON services answer with, where query and S3 services say SignatureDoesNotMatch.
/// </summary>
public static class SigV4Verifier
{
    /// <summary>How far the request's clock may be off, either way.</summary>
    public static readonly TimeSpan MaxSkew = TimeSpan.FromMinutes(5);

    private const string Mismatch =
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.";

    /// <summary>Headers that must not come twice: a second one could mean something else to a proxy than to the portal.</summary>
    private static readonly string[] s_onceOnly =
        ["authorization", "host", "date", "x-amz-date", "x-amz-target", "x-amz-security-token", "x-amz-content-sha256"];

    private static readonly SearchValues<char> s_lowerHex = SearchValues.Create("0123456789abcdef");

    private static readonly SearchValues<char> s_regionCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-");

    private static readonly SearchValues<char> s_headerNameCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-.^_`|~");

    private static readonly string[] s_queryForm = ["X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature"];

    /// <summary>
    /// Reads the Authorization header and its companions. Throws MissingAuthenticationToken, IncompleteSignature or
    /// InvalidSignature with AWS's messages.
    /// </summary>
    public static SigV4Claim Read(SignedRequest request, string service, DateTimeOffset now)
    {
        RefuseQueryForm(request);
        if (string.IsNullOrWhiteSpace(Header(request, "authorization")) && !CanonicalRequest.ValuesOf(request, "authorization").Any(v => !string.IsNullOrWhiteSpace(v)))
            throw new PortalException(PortalError.MissingAuthenticationToken, "Missing Authentication Token");
        foreach (var name in s_onceOnly)
        {
            if (CanonicalRequest.Count(request, name) > 1)
                throw new PortalException(PortalError.IncompleteSignature, $"The header '{name}' must not occur more than once.");
        }

        // The order of the checks is AWS's: of several faults, clients learn the same one first.
        var dateHeader = DateHeader(request);
        var header = AuthorizationHeader.Parse(Header(request, "authorization")!.Trim(), isDated: dateHeader is not null);
        var signedHeaders = ReadSignedHeaders(request, header.SignedHeaders);
        var time = ReadTime(dateHeader!.Value);
        var timestamp = CanonicalRequest.Timestamp(time);
        CheckAge(time, timestamp, now);
        var (keyId, date, region, scopeService, terminator) = header.Scope();
        CheckScope(date, region, scopeService, terminator, service, timestamp);
        // No key can have such an id; refused here so that it reaches neither a query nor the log.
        if (keyId.Length is 0 or > 128 || keyId.AsSpan().ContainsAnyExceptInRange('!', '~'))
            throw new PortalException(PortalError.UnrecognizedClient, "The security token included in the request is invalid.");
        CheckBodyHash(request);
        if (header.Signature.Length != 64 || header.Signature.AsSpan().ContainsAnyExcept(s_lowerHex))
            throw Invalid(Mismatch);
        return new SigV4Claim
        {
            AccessKeyId = keyId,
            Date = date,
            Region = region,
            Service = scopeService,
            Timestamp = timestamp,
            SignedHeaders = signedHeaders,
            Signature = header.Signature,
            SessionToken = Header(request, "x-amz-security-token")?.Trim(),
        };
    }

    /// <summary>Compares the signature in constant time; InvalidSignature where it does not match.</summary>
    /// <param name="request">The request that the claim was read from.</param>
    /// <param name="claim">What <see cref="Read"/> gave.</param>
    /// <param name="signingKey">Of <see cref="SigningKey.Derive"/> for the claim's scope; the caller clears it.</param>
    public static void Verify(SignedRequest request, SigV4Claim claim, ReadOnlySpan<byte> signingKey)
    {
        var hash = CanonicalRequest.Hash(request, claim.SignedHeaders);
        var expected = CanonicalRequest.Signature(signingKey,
            CanonicalRequest.StringToSignHash(claim.Timestamp, claim.Date, claim.Region, claim.Service, hash));
        if (!CryptographicOperations.FixedTimeEquals(expected, Convert.FromHexString(claim.Signature)))
            throw Invalid(Mismatch);
    }

    private static string? Header(SignedRequest request, string name) => CanonicalRequest.First(request, name);

    private static void RefuseQueryForm(SignedRequest request)
    {
        if (request.Query.Length == 0)
            return;
        var names = request.Query.Split('&').Select(p => CanonicalRequest.Decode(p.Split('=')[0]));
        if (names.Any(n => s_queryForm.Contains(n, StringComparer.OrdinalIgnoreCase)))
            throw new PortalException(PortalError.IncompleteSignature,
                "Signatures in the query string (presigned requests) are not accepted. Sign the request with the Authorization header.");
    }

    /// <summary>X-Amz-Date, or else Date; null where both are missing or empty.</summary>
    private static (string Text, bool IsAmz)? DateHeader(SignedRequest request) =>
        Header(request, "x-amz-date")?.Trim() is { Length: > 0 } amz ? (amz, true)
        : Header(request, "date")?.Trim() is { Length: > 0 } plain ? (plain, false)
        : null;

    private static DateTimeOffset ReadTime((string Text, bool IsAmz) header)
    {
        const DateTimeStyles utc = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
        if (DateTimeOffset.TryParseExact(header.Text, CanonicalRequest.TimestampFormat, CultureInfo.InvariantCulture, utc, out var time)
            || !header.IsAmz && DateTimeOffset.TryParseExact(header.Text, "r", CultureInfo.InvariantCulture, utc, out time))
            return time;
        var got = header.Text.Length <= 64 ? header.Text : header.Text[..63] + "…";
        throw new PortalException(PortalError.IncompleteSignature,
            $"Date must be in ISO-8601 'basic format'. Got '{got}'. See http://en.wikipedia.org/wiki/ISO_8601");
    }

    private static void CheckScope(string date, string region, string service, string terminator, string wantedService, string timestamp)
    {
        // AWS gathers the faults of a scope, each with a blank after it; clients match on the parts.
        var faults = "";
        if (region.Length is 0 or > 64 || region.AsSpan().ContainsAnyExcept(s_regionCharacters))
            faults += "Credential should be scoped to a valid region. ";
        if (service != wantedService)
            faults += $"Credential should be scoped to correct service: '{wantedService}'. ";
        if (terminator != CanonicalRequest.Terminator)
            faults += $"Credential should be scoped with a valid terminator: '{CanonicalRequest.Terminator}'. ";
        if (date != timestamp[..8])
            faults += date.Length == 8 && date.All(char.IsAsciiDigit)
                ? $"Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '{date}' != '{timestamp[..8]}', from '{timestamp}'. "
                : "Date in Credential scope must be YYYYMMDD. ";
        if (faults.Length > 0)
            throw Invalid(faults);
    }

    private static void CheckAge(DateTimeOffset time, string timestamp, DateTimeOffset now)
    {
        // The request's time has whole seconds; the portal's is cut to them, as the message shows it.
        var whole = new DateTimeOffset(now.UtcTicks - now.UtcTicks % TimeSpan.TicksPerSecond, TimeSpan.Zero);
        var minutes = MaxSkew.TotalMinutes.ToString(CultureInfo.InvariantCulture);
        if (time < whole - MaxSkew)
            throw Invalid($"Signature expired: {timestamp} is now earlier than {CanonicalRequest.Timestamp(whole - MaxSkew)} ({CanonicalRequest.Timestamp(whole)} - {minutes} min.)");
        if (time > whole + MaxSkew)
            throw Invalid($"Signature not yet current: {timestamp} is still later than {CanonicalRequest.Timestamp(whole + MaxSkew)} ({CanonicalRequest.Timestamp(whole)} + {minutes} min.)");
    }

    private static string[] ReadSignedHeaders(SignedRequest request, string[] listed)
    {
        if (listed.Length > 100 || Array.Exists(listed, n => n.Length == 0 || n.AsSpan().ContainsAnyExcept(s_headerNameCharacters)))
            throw new PortalException(PortalError.IncompleteSignature, "SignedHeaders must be header names in lower case, separated by semicolons.");
        // What is signed has them sorted, however they were listed.
        string[] names = [.. listed];
        Array.Sort(names, StringComparer.Ordinal);
        for (var i = 1; i < names.Length; i++)
        {
            if (names[i] == names[i - 1])
                throw new PortalException(PortalError.IncompleteSignature, $"SignedHeaders names '{names[i]}' more than once.");
        }

        if (!names.Contains("host"))
            throw Invalid("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.");
        // What AWS's own headers say decides what the request does.
        for (var i = 0; i < request.Headers.Count; i++)
        {
            var name = request.Headers[i].Key;
            if (name.StartsWith("x-amz-", StringComparison.OrdinalIgnoreCase) && !IsAmong(names, name))
                throw Invalid($"'{name}' must be a 'SignedHeader' in the AWS Authorization.");
        }

        // An absent header would sign like an empty one.
        foreach (var name in names)
        {
            if (Header(request, name) is null)
                throw Invalid(Mismatch);
        }

        return names;
    }

    private static bool IsAmong(string[] names, string name)
    {
        foreach (var one in names)
        {
            if (one.Equals(name, StringComparison.OrdinalIgnoreCase))
                return true;
        }

        return false;
    }

    private static void CheckBodyHash(SignedRequest request)
    {
        if (Header(request, "x-amz-content-sha256")?.Trim() is { } stated && stated != request.BodyHash)
            throw Invalid(stated is "UNSIGNED-PAYLOAD"
                ? "The payload must be signed: 'x-amz-content-sha256' must not be UNSIGNED-PAYLOAD."
                : "The provided 'x-amz-content-sha256' header does not match what was computed.");
    }

    private static PortalException Invalid(string message) => new(PortalError.InvalidSignature, message);
}
