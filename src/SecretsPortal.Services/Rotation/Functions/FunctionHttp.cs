using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace SecretsPortal.Services.Rotation.Functions;

/// <summary>What a function elsewhere answered.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Headers">By name, the first of each.</param>
/// <param name="Body">At most <see cref="FunctionHttp.LongestAnswer"/> bytes.</param>
internal sealed record FunctionAnswer(int Status, IReadOnlyDictionary<string, string> Headers, byte[] Body);

/// <summary>Talking to a function elsewhere failed. The message names cause and remedy, and nothing of the answer.</summary>
/// <param name="message">For the run's page.</param>
/// <param name="isFinal">True where the same would happen again.</param>
internal sealed class FunctionHttpException(string message, bool isFinal = false) : Exception(message)
{
    /// <summary>True where the same would happen again until somebody changes something.</summary>
    public bool IsFinal { get; } = isFinal;
}

/// <summary>How messages call what is posted to.</summary>
/// <param name="Name">It, before <c>at HOST</c>.</param>
/// <param name="Url">Where its address is set.</param>
/// <param name="WhenLate">What to do where it does not answer.</param>
/// <param name="WhenLong">What to do where it answers with too much.</param>
internal sealed record PeerWords(string Name, string Url, string WhenLate, string WhenLong)
{
    /// <summary>A rotation function.</summary>
    public static PeerWords Function { get; } = new(
        "The function", "the function's \"url\"", "Check what it waits for, or raise \"timeoutSeconds\".", "Let it return nothing: a rotation has no use for it.");

    /// <summary>Whoever hears of rotations.</summary>
    public static PeerWords Channel { get; } = new(
        "The receiver", "the channel's \"url\"", "Let it answer first and work afterwards.", "Let it answer with nothing: the status is enough.");
}

/// <summary>Posts to functions elsewhere, and to those who hear of rotations: to permitted addresses alone, without redirects, proxies, cookies or answers without end.</summary>
internal sealed class FunctionHttp : IDisposable
{
    /// <summary>The longest answer that is read, in bytes.</summary>
    public const int LongestAnswer = 64 * 1024;

    private static readonly TimeSpan s_connect = TimeSpan.FromSeconds(10);

    private readonly HttpClient _http;

    public FunctionHttp(PortalOptions options)
    {
        var functions = options.Functions;
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.None,
            ActivityHeadersPropagator = null,
            ConnectTimeout = s_connect,
            // Each event looks its address up anew: a connection that is kept would outlive what an administrator allows.
            PooledConnectionLifetime = TimeSpan.Zero,
            MaxResponseHeadersLength = 32,
            ConnectCallback = async (context, cancel) =>
            {
                var isPlain = context.InitialRequestMessage.RequestUri!.Scheme == Uri.UriSchemeHttp;
                return new NetworkStream(
                    await FunctionAddresses.Connect(functions, context.DnsEndPoint.Host, context.DnsEndPoint.Port, isPlain, cancel), ownsSocket: true);
            },
        };
        if (functions.CaFile is not null)
        {
            handler.SslOptions = new SslClientAuthenticationOptions
            {
                CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck },
            };
            handler.SslOptions.CertificateChainPolicy.CustomTrustStore.ImportFromPemFile(functions.CaFile);
        }

        _http = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <summary>Sends JSON; <see cref="FunctionHttpException"/> where no answer comes back.</summary>
    /// <param name="words">What messages call the other side.</param>
    /// <param name="address">Where to.</param>
    /// <param name="body">JSON.</param>
    /// <param name="headers">All but Host and those of the content.</param>
    /// <param name="timeout">Of all of it.</param>
    /// <param name="cancel">Ends the wait.</param>
    public async Task<FunctionAnswer> Post(
        PeerWords words, Uri address, byte[] body, IEnumerable<KeyValuePair<string, string>> headers, TimeSpan timeout, CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(timeout);
        using var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = new ByteArrayContent(body) };
        request.Content.Headers.TryAddWithoutValidation("Content-Type", "application/json");
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        try
        {
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token);
            var status = (int)response.StatusCode;
            if (status is >= 300 and < 400)
                throw new FunctionHttpException($"{address.Authority} redirects the request, and redirects are not followed. Correct {words.Url}.", isFinal: true);
            await using var stream = await response.Content.ReadAsStreamAsync(limit.Token);
            var buffer = new byte[LongestAnswer + 1];
            var length = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, limit.Token);
            if (length > LongestAnswer)
                throw new FunctionHttpException($"{words.Name} at {address.Authority} answers with more than {LongestAnswer} bytes. {words.WhenLong}", isFinal: true);
            return new FunctionAnswer(
                status, response.Headers.ToDictionary(header => header.Key, header => header.Value.First(), StringComparer.OrdinalIgnoreCase), buffer[..length]);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw new FunctionHttpException($"{words.Name} at {address.Authority} did not answer within {timeout.TotalSeconds:0} seconds. {words.WhenLate}");
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException or SocketException)
        {
            throw Explain(words, address, fault);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private static FunctionHttpException Explain(PeerWords words, Uri address, Exception fault)
    {
        for (var cause = fault; cause is not null; cause = cause.InnerException)
        {
            if (cause is ForbiddenAddressException forbidden)
                return new FunctionHttpException(forbidden.Message, isFinal: true);
            if (cause is AuthenticationException)
                return new FunctionHttpException(
                    $"The certificate of {address.Authority} is not trusted, has expired, or is for another name. Renew it, or name the certificate that vouches for it by Portal:Functions:CaFile.");
            if (cause is SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain })
                return new FunctionHttpException($"The name {address.Host} can't be looked up. Correct {words.Url}, or check the name server.");
        }

        return new FunctionHttpException($"{words.Name} at {address.Authority} can't be reached, or it broke the connection. Check {words.Url}, that it runs, and the network.");
    }
}
