using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Http.Features;
using SecretsPortal.Core;

namespace SecretsPortal.Web.Api;

/// <summary>Reads a body once, up to the door's limit.</summary>
internal static class RequestBody
{
    /// <summary>The longest body, in bytes: room for the largest value with every character escaped (384 KiB), and for its companions.</summary>
    public const int MaxBytes = 512 * 1024;

    // What a body that is too long may go on for and still be thrown away to its end: a client that is cut off while it sends sees
    // a broken connection and not the answer. Beyond that it is cut off.
    private const long MaxDiscardedBytes = 16 * 1024 * 1024;

    // What a whole body may take. Kestrel's least data rate ends a client that stops or drips; this one ends those just above it.
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(10);

    /// <summary>
    /// The whole body. <see cref="PortalError.Serialization"/> where it is too long, or ends before it should;
    /// <see cref="PortalError.RequestTimeout"/> where it takes too long.
    /// </summary>
    public static async ValueTask<byte[]> Read(HttpContext http, TimeProvider clock)
    {
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            size.MaxRequestBodySize = MaxDiscardedBytes;
        try
        {
            return ReadArrived(http.Request) ?? await ReadArriving(http, clock);
        }
        catch (BadHttpRequestException broken) when (broken.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            throw TooLong();
        }
        catch (BadHttpRequestException broken) when (broken.StatusCode == StatusCodes.Status408RequestTimeout)
        {
            throw TooSlow(http);
        }
        catch (IOException broken)
        {
            throw new PortalException(PortalError.Serialization, "The request body ended early or was not framed as HTTP wants it.", broken);
        }
    }

    /// <summary>A body that came with its headers, as nearly all do; null for any other.</summary>
    private static byte[]? ReadArrived(HttpRequest request)
    {
        if (request.ContentLength is null or > MaxBytes || !request.BodyReader.TryRead(out var read))
            return null;
        if (read is { IsCompleted: true, IsCanceled: false })
        {
            var body = read.Buffer.ToArray();
            request.BodyReader.AdvanceTo(read.Buffer.End);
            return body;
        }

        request.BodyReader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        return null;
    }

    private static async Task<byte[]> ReadArriving(HttpContext http, TimeProvider clock)
    {
        var reader = http.Request.BodyReader;
        using var limit = new CancellationTokenSource(s_longest, clock);
        // Not by a token: a read that a token ends stays open, and the server then cannot tidy up after it.
        await using var ending = limit.Token.UnsafeRegister(static reader => ((PipeReader)reader!).CancelPendingRead(), reader);
        while (true)
        {
            var read = await reader.ReadAsync(http.RequestAborted);
            if (read.IsCanceled)
                throw TooSlow(http, reader, read);
            if (read.Buffer.Length > MaxBytes)
            {
                reader.AdvanceTo(read.Buffer.End);
                await Discard(http, reader);
                throw TooLong();
            }

            if (read.IsCompleted)
            {
                var body = read.Buffer.ToArray();
                reader.AdvanceTo(read.Buffer.End);
                return body;
            }

            reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    private static async Task Discard(HttpContext http, PipeReader reader)
    {
        while (true)
        {
            var read = await reader.ReadAsync(http.RequestAborted);
            if (read.IsCanceled)
                throw TooSlow(http, reader, read);
            reader.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
                return;
        }
    }

    private static PortalException TooSlow(HttpContext http, PipeReader reader, ReadResult read)
    {
        reader.AdvanceTo(read.Buffer.End);
        return TooSlow(http);
    }

    private static PortalException TooSlow(HttpContext http)
    {
        // Whatever still comes is not read any more.
        http.Response.Headers.Connection = "close";
        return new(PortalError.RequestTimeout, $"The request body did not arrive in time; send it at once, in {s_longest.TotalSeconds:0} seconds at most.");
    }

    private static PortalException TooLong() =>
        new(PortalError.Serialization, $"The request body is longer than {MaxBytes} bytes. A secret's value may have at most 65536.");
}
