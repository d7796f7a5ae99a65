using System.Buffers.Binary;
using System.Security.Cryptography;
using SecretsPortal.Core.Crypto;

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

    /// <summary>The space may be used. It is no type of its own: no password has to have one.</summary>
    public bool IncludeSpace { get; init; }

    /// <summary>
    /// At least one of each type that is not excluded; true by default. A type whose characters are all among
    /// <see cref="ExcludeCharacters"/> counts as excluded.
    /// </summary>
    public bool RequireEachIncludedType { get; init; } = true;
}

/// <summary>Draws passwords uniformly, without modulo bias.</summary>
public static class RandomPassword
{
    /// <summary>The longest password.</summary>
    public const int MaxLength = 4096;

    private const string Lowercase = "abcdefghijklmnopqrstuvwxyz";
    private const string Uppercase = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    private const string Numbers = "0123456789";
    private const string Punctuation = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

    /// <summary>
    /// A password; InvalidParameter where the options leave no characters or too little room, Validation where a length is out
    /// of range.
    /// </summary>
    public static SecretText Generate(RandomPasswordOptions options, FillRandom random)
    {
        CheckLengths(options);
        var types = Types(options);
        var alphabet = string.Concat(types) + (options.IncludeSpace && !options.ExcludeCharacters.Contains(' ', StringComparison.Ordinal) ? " " : "");
        if (alphabet.Length == 0)
            throw new PortalException(PortalError.InvalidParameter,
                "The options exclude every character. Allow at least one type of characters that ExcludeCharacters leaves something of.");
        if (options.RequireEachIncludedType && options.Length < types.Count)
            throw new PortalException(PortalError.InvalidParameter,
                $"PasswordLength {options.Length} is too short for one character of each of the {types.Count} included types. Ask for a longer password or set RequireEachIncludedType to false.");

        var password = new char[(int)options.Length];
        var source = new UniformSource(random, stackalloc byte[256]);
        try
        {
            var required = options.RequireEachIncludedType ? types.Count : 0;
            for (var i = 0; i < password.Length; i++)
            {
                var from = i < required ? types[i] : alphabet;
                password[i] = from[source.Next(from.Length)];
            }

            // Otherwise the first characters would tell their types.
            for (var i = password.Length - 1; i > 0 && required > 0; i--)
            {
                var other = source.Next(i + 1);
                (password[i], password[other]) = (password[other], password[i]);
            }

            return new SecretText(new string(password));
        }
        finally
        {
            Array.Clear(password);
            source.Clear();
        }
    }

    private static void CheckLengths(RandomPasswordOptions options)
    {
        var fault = options.Length switch
        {
            < 1 => "'passwordLength' failed to satisfy constraint: Member must have value greater than or equal to 1",
            > MaxLength => "'passwordLength' failed to satisfy constraint: Member must have value less than or equal to 4096",
            _ when options.ExcludeCharacters.Length > 4096 =>
                "'excludeCharacters' failed to satisfy constraint: Member must have length less than or equal to 4096",
            _ => null,
        };
        if (fault is not null)
            throw new PortalException(PortalError.Validation, $"1 validation error detected: Value at {fault}");
    }

    private static List<string> Types(RandomPasswordOptions options)
    {
        var types = new List<string>(4);
        Add(options.ExcludeLowercase, Lowercase);
        Add(options.ExcludeUppercase, Uppercase);
        Add(options.ExcludeNumbers, Numbers);
        Add(options.ExcludePunctuation, Punctuation);
        return types;

        void Add(bool exclude, string characters)
        {
            var left = string.Concat(characters.Where(c => !options.ExcludeCharacters.Contains(c, StringComparison.Ordinal)));
            if (!exclude && left.Length > 0)
                types.Add(left);
        }
    }

    /// <summary>Numbers below a bound, each equally likely: draws that would favour the low ones are thrown away.</summary>
    private ref struct UniformSource(FillRandom random, Span<byte> buffer)
    {
        private readonly Span<byte> _buffer = buffer;
        private int _used = buffer.Length;

        public int Next(int bound)
        {
            var limit = uint.MaxValue - uint.MaxValue % (uint)bound;
            while (true)
            {
                if (_used == _buffer.Length)
                {
                    random(_buffer);
                    _used = 0;
                }

                var drawn = BinaryPrimitives.ReadUInt32LittleEndian(_buffer[_used..]);
                _used += sizeof(uint);
                if (drawn < limit)
                    return (int)(drawn % (uint)bound);
            }
        }

        public readonly void Clear() => CryptographicOperations.ZeroMemory(_buffer);
    }
}
